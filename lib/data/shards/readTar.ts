import { InputError } from '../../errors.js';
import { isLfsPointer, lfsPointerError } from '../../runs/lfsPointer.js';

/** A file of a tar archive. */
export interface TarFile {
  name: string;
  /** permission bits */
  mode: number;
  content: Uint8Array;
}

/** Where a file's content lies in an archive, in bytes. */
export interface TarEntry {
  name: string;
  mode: number;
  at: number;
  size: number;
}

const block = 512;

/**
 * Where the plain files of a POSIX (ustar) archive lie; folders are left out.
 *
 * Made for shards and for the small archives inside an npm package: links, sparse files and names above 100 bytes are
 * refused.
 * @throws InputError for these, and for an archive that is cut off or has a header whose checksum is wrong
 */
export function tarEntries(archive: Uint8Array, where = 'tar archive'): TarEntry[] {
  if (isLfsPointer(archive)) throw lfsPointerError(where);
  const files: TarEntry[] = [];
  const field = (at: number, length: number) =>
    Buffer.from(archive.subarray(at, at + length))
      .toString('latin1')
      .replace(/\0.*$/s, '');
  for (let at = 0; at + block <= archive.length; ) {
    const name = field(at, 100);
    if (name === '') break; // the archive ends with blocks of zeros
    const refuse = (expected: string, found: string): never => {
      const fix = 'fetch or make the archive again; this one is damaged, or of another kind';
      throw new InputError({ where: `${where}, ${name}`, expected, found, fix });
    };
    if (octal(field(at + 148, 8)) !== checksum(archive.subarray(at, at + block)))
      refuse('a header that fits its checksum', 'another one');
    const size = octal(field(at + 124, 12));
    const type = field(at + 156, 1);
    const start = at + block;
    if (!(start + size <= archive.length)) refuse('a whole archive', 'one that is cut off');
    if (type !== '' && type !== '0' && type !== '5') refuse('plain files and folders', `an entry of type ${type}`);
    if (name.startsWith('/') || name.split('/').includes('..')) refuse('a name inside the folder', 'one outside');
    if (type !== '5') files.push({ name, mode: octal(field(at + 100, 8)), at: start, size });
    at = start + Math.ceil(size / block) * block;
  }
  return files;
}

/** NaN for what is no octal number. */
const octal = (text: string) => (/^ *[0-7]+ *$/.test(text) ? Number.parseInt(text, 8) : Number.NaN);

/** The sum of a header's bytes, those of the checksum itself taken as blanks. */
function checksum(header: Uint8Array): number {
  return header.reduce((sum, byte, i) => sum + (i >= 148 && i < 156 ? 32 : byte), 0);
}

/** The plain files of an archive held in memory, as views of it. See `tarEntries` for what is refused. */
export function readTar(archive: Uint8Array): TarFile[] {
  return tarEntries(archive).map(({ name, mode, at, size }) => ({
    name,
    mode,
    content: archive.subarray(at, at + size),
  }));
}
