import { readFileSync } from 'node:fs';
import { InputError } from '../../errors.js';
import { Opaque, type Pickled, readPickle } from './unpickle.js';
import type { StoredZip } from './zip.js';

/** The first bytes of the format before PyTorch 1.6: a pickle of its magic number. */
export const OLD_MAGIC = Buffer.from('80028a0a6cfc9c46f9206aa85019', 'hex');
const PROTOCOL = 1001;
const ROOT = 'old';

/**
 * Opens a checkpoint of the format before PyTorch 1.6 as if it were an archive of the newer one: five pickles one after the other
 * (magic number, protocol, the machine, the checkpoint, the keys of its storages), then each storage as a count and its numbers.
 * The file is read whole. Nothing in it is run.
 *
 * @param bytesOf bytes of a number of a kind of storage, `FloatStorage` say
 * @throws InputError for a file that is cut short, and for one of a big-endian machine
 */
export function openOldArchive(file: string, bytesOf: (kind: string) => number | undefined): StoredZip {
  const bytes = readFileSync(file);
  const refuse = (expected: string, found: string): never => {
    throw new InputError({ where: file, expected, found, fix: 'fetch the file again; this one is damaged or hostile' });
  };
  let at = 0;
  const kinds = new Map<string, string>();
  // What stands in the checkpoint is read later: here only where it ends, and which storages it names.
  const meaning = {
    global: (name: string): Pickled => name,
    call: (): Pickled => new Opaque(),
    persistent(id: Pickled): Pickled {
      const [, kind, key, , , view] = Array.isArray(id) ? id : [];
      if (view) refuse('storages of their own', 'a view of another storage');
      if (typeof kind === 'string' && typeof key === 'string') kinds.set(key, kind.replace(/^torch\./, ''));
      return null;
    },
  };
  const next = () => {
    const { value, length } = readPickle(bytes.subarray(at), meaning, `${file}, byte ${at}`);
    const from = at;
    at += length;
    return { value, from };
  };
  next();
  const protocol = next().value;
  if (protocol !== PROTOCOL) refuse(`protocol ${PROTOCOL}`, String(protocol));
  const machine = next().value;
  if (machine instanceof Map && machine.get('little_endian') === false)
    refuse('numbers in little-endian order', 'big-endian');
  const { from } = next();
  const entries = new Map([[`${ROOT}/data.pkl`, bytes.subarray(from, at)]]);
  const keys = next().value;
  if (!Array.isArray(keys)) return refuse('a list of storages', typeof keys);
  for (const key of keys) {
    const width = bytesOf(kinds.get(key) ?? '');
    if (width === undefined) refuse(`a known kind of storage ${key}`, kinds.get(key) ?? 'none that a tensor names');
    if (at + 8 > bytes.length) refuse(`storage ${key}`, `the end of the file after ${bytes.length} bytes`);
    const size = Number(bytes.readBigInt64LE(at)) * width!;
    const start = at + 8;
    if (!(size >= 0 && start + size <= bytes.length)) {
      refuse(`${size} bytes of storage ${key}`, `the end of the file after ${bytes.length} bytes`);
    }
    entries.set(`${ROOT}/data/${key}`, bytes.subarray(start, start + size));
    at = start + size;
  }
  const find = (name: string) => entries.get(name) ?? refuse(`an entry ${name}`, 'none');
  return {
    names: [...entries.keys()],
    // In a buffer of its own: numbers have to begin at whole places.
    read: (name) => new Uint8Array(find(name)),
    sizeOf: (name) => find(name).length,
    close() {},
  };
}
