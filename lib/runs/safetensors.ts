import { closeSync, fstatSync, openSync, readSync, statSync } from 'node:fs';
import { InputError } from '../errors.js';
import { writeWhole } from './files.js';
import { narrowLong, widenBrain, widenHalf } from './floats.js';
import { type HostTensor, type HostTensors, hostTensor, sizeOf } from './hostTensor.js';
import { refuseLfsPointer } from './lfsPointer.js';

/**
 * The safetensors format: 8 bytes of header length (little endian), a JSON header
 * {name: {dtype, shape, data_offsets}}, then the bytes of the tensors. We write F32 and I32, and read what is here; tensors
 * of other kinds (BOOL, F64, …) may stand beside those that are read.
 */
const DTYPES = new Map<string, { bytes: number; decode: (raw: ArrayBuffer) => Float32Array | Int32Array | null }>([
  ['F32', { bytes: 4, decode: (raw) => new Float32Array(raw) }],
  ['F16', { bytes: 2, decode: (raw) => widenHalf(new Uint16Array(raw)) }],
  ['BF16', { bytes: 2, decode: (raw) => widenBrain(new Uint16Array(raw)) }],
  ['I32', { bytes: 4, decode: (raw) => new Int32Array(raw) }],
  ['I64', { bytes: 8, decode: (raw) => narrowLong(new BigInt64Array(raw)) }],
]);
/** The format's own implementation takes no longer header either. */
const LONGEST_HEADER = 100_000_000;

/** A safetensors file, open: its tensors are read one by one. */
export interface SafetensorsFile {
  readonly tensors: ReadonlyMap<string, { readonly shape: readonly number[] }>;
  readonly metadata: Record<string, string>;
  /** F16 and BF16 become float32, I64 becomes int32. @throws InputError for I64 numbers that int32 cannot hold */
  read(name: string): HostTensor;
  close(): void;
}

interface Entry {
  dtype: string;
  shape: number[];
  start: number;
  end: number;
}

/** The bytes of a file or of a buffer, each time in a buffer of their own. */
interface Source {
  size: number;
  take(at: number, length: number): Uint8Array<ArrayBuffer>;
}

type Refuse = (expected: string, found: string) => never;

/**
 * Writes tensors (in name order, so that equal content gives equal bytes) to a file that appears whole or not at all. The
 * tensors are written from where they are: no second copy of them is made.
 */
export function writeSafetensors(file: string, tensors: HostTensors, metadata: Record<string, string> = {}): void {
  writeWhole(file, partsOf(tensors, metadata));
}

export function encodeSafetensors(tensors: HostTensors, metadata: Record<string, string> = {}): Uint8Array {
  return Buffer.concat(partsOf(tensors, metadata));
}

function partsOf(tensors: HostTensors, metadata: Record<string, string>): Uint8Array[] {
  const header: Record<string, unknown> = { __metadata__: metadata };
  const names = Object.keys(tensors).sort();
  let offset = 0;
  for (const name of names) {
    const { shape, dtype, data } = tensors[name];
    const end = offset + data.byteLength;
    header[name] = { dtype: dtype === 'int32' ? 'I32' : 'F32', shape, data_offsets: [offset, end] };
    offset = end;
  }
  const text = JSON.stringify(header);
  // The data must start on a multiple of eight bytes; lengths count bytes, since metadata may hold any text.
  const head = Buffer.from(text + ' '.repeat((8 - (Buffer.byteLength(text) % 8)) % 8));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(head.length));
  const bodies = names.map((name) => tensors[name].data);
  return [length, head, ...bodies.map((data) => new Uint8Array(data.buffer, data.byteOffset, data.byteLength))];
}

/**
 * Opens a safetensors file and reads its header.
 * @throws InputError when the header is not JSON, a byte range does not fit shape × dtype, the ranges leave a hole or
 * overlap, or the file is cut short
 */
export function openSafetensors(file: string): SafetensorsFile {
  if (!statSync(file, { throwIfNoEntry: false })?.isFile()) {
    throw new InputError({ where: file, expected: 'a safetensors file', found: 'no such file', fix: 'check the path' });
  }
  refuseLfsPointer(file);
  const descriptor = openSync(file, 'r');
  try {
    const { size } = fstatSync(descriptor);
    const take = (at: number, length: number) => {
      const bytes = new Uint8Array(length);
      // One read gives at most 2 GiB.
      for (let done = 0; done < length; ) {
        const count = readSync(descriptor, bytes, done, Math.min(length - done, 2 ** 30), at + done);
        if (count === 0) throw endsEarly(file, { expected: size, found: at + done });
        done += count;
      }
      return bytes;
    };
    return { ...openSource({ size, take }, file), close: () => closeSync(descriptor) };
  } catch (error) {
    closeSync(descriptor);
    throw error;
  }
}

function endsEarly(where: string, { expected, found }: { expected: number; found: number }): InputError {
  const fix = 'let no other program write the file meanwhile, then try again';
  return new InputError({ where, expected: `${expected} bytes, as before`, found: `only ${found} bytes now`, fix });
}

/** All tensors of a file: `openSafetensors`, once. */
export function readSafetensors(file: string): { tensors: HostTensors; metadata: Record<string, string> } {
  return readAll(openSafetensors(file));
}

export function decodeSafetensors(
  bytes: Uint8Array,
  where = 'safetensors',
): { tensors: HostTensors; metadata: Record<string, string> } {
  const source = {
    size: bytes.length,
    take: (at: number, length: number) => new Uint8Array(bytes.slice(at, at + length)),
  };
  return readAll({ ...openSource(source, where), close: () => {} });
}

function readAll(file: SafetensorsFile): { tensors: HostTensors; metadata: Record<string, string> } {
  try {
    const tensors = Object.fromEntries([...file.tensors.keys()].map((name) => [name, file.read(name)]));
    return { tensors, metadata: file.metadata };
  } finally {
    file.close();
  }
}

function openSource({ size, take }: Source, where: string): Omit<SafetensorsFile, 'close'> {
  const refuse: Refuse = (expected, found) => {
    throw new InputError({ where, expected, found, fix: 'fetch or write the file again; this one is damaged' });
  };
  if (size < 8) refuse('at least 8 bytes', `${size} bytes`);
  const length = Number(Buffer.from(take(0, 8)).readBigUInt64LE());
  if (length > Math.min(size - 8, LONGEST_HEADER)) refuse(`a header of ${length} bytes`, `a file of ${size} bytes`);
  const { __metadata__: metadata = {}, ...rest } = parseHeader(take(8, length), refuse);
  if (!isObject(metadata) || !Object.values(metadata).every((v) => typeof v === 'string')) {
    refuse('metadata of texts', JSON.stringify(metadata));
  }
  const body = 8 + length;
  const entries = new Map(Object.entries(rest).map(([name, entry]) => [name, checkEntry(name, entry, refuse)]));
  checkRanges(entries, size - body, refuse);
  return {
    tensors: entries,
    metadata: metadata as Record<string, string>,
    read(name) {
      const { dtype, shape, start, end } = entries.get(name) ?? refuse(`a tensor ${name}`, 'none');
      const kind = DTYPES.get(dtype);
      if (!kind) {
        const expected = `tensor ${name} as one of ${[...DTYPES.keys()].join(', ')}`;
        const fix = 'convert this tensor in Python, with .float() say, and save the file again';
        throw new InputError({ where, expected, found: dtype, fix });
      }
      const numbers = kind.decode(take(body + start, end - start).buffer);
      return hostTensor(numbers ?? refuse(`tensor ${name} in the range of int32`, 'larger numbers'), shape);
    },
  };
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

function parseHeader(bytes: Uint8Array, refuse: Refuse): Record<string, unknown> {
  try {
    const header = JSON.parse(Buffer.from(bytes).toString('utf8'));
    return isObject(header) ? header : refuse('a JSON object as header', JSON.stringify(header));
  } catch (error) {
    if (error instanceof InputError) throw error;
    return refuse('a JSON header', (error as Error).message);
  }
}

function checkEntry(name: string, entry: unknown, refuse: Refuse): Entry {
  const { dtype, shape, data_offsets: range } = isObject(entry) ? entry : refuse(`tensor ${name} as an object`, 'none');
  if (typeof dtype !== 'string') return refuse(`tensor ${name} with a dtype`, JSON.stringify(dtype));
  if (!areCounts(shape)) return refuse(`tensor ${name} with a shape`, JSON.stringify(shape));
  if (!areCounts(range) || range.length !== 2) {
    return refuse(`tensor ${name} with two byte offsets`, JSON.stringify(range));
  }
  const [start, end] = range;
  // A kind of number that is not known is refused when it is read: nobody may need it.
  const bytes = DTYPES.get(dtype)?.bytes;
  const need = bytes === undefined ? end - start : sizeOf(shape) * bytes;
  if (end - start !== need) refuse(`tensor ${name} [${shape}] ${dtype} in ${need} bytes`, `${end - start} bytes`);
  // A record of tensors could not hold this one.
  if (name === '__proto__') refuse('another name for a tensor', name);
  return { dtype, shape, start, end };
}

const areCounts = (list: unknown): list is number[] =>
  Array.isArray(list) && list.every((n) => Number.isSafeInteger(n) && n >= 0);

/** Tensors lie one behind the other and fill the file: no byte belongs to two of them, or to none. */
function checkRanges(entries: ReadonlyMap<string, Entry>, size: number, refuse: Refuse): void {
  let at = 0;
  for (const [name, { start, end }] of [...entries].sort(([, a], [, b]) => a.start - b.start || a.end - b.end)) {
    if (end > size) refuse(`tensor ${name} up to byte ${end} of the data`, `data of ${size} bytes`);
    if (start !== at) refuse(`tensor ${name} from byte ${at} of the data on, behind the one before`, `byte ${start}`);
    at = end;
  }
  if (at !== size) refuse(`${at} bytes of data`, `${size} bytes`);
}
