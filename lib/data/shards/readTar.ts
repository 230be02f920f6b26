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
 */
export function tarEntries(archive: Uint8Array): TarEntry[] {
  const files: TarEntry[] = [];
  const field = (at: number, length: number) =>
    Buffer.from(archive.subarray(at, at + length))
      .toString('latin1')
      .replace(/\0.*$/s, '');
  for (let at = 0; at + block <= archive.length; ) {
    const name = field(at, 100);
    if (name === '') break; // the archive ends with blocks of zeros
    const size = Number.parseInt(field(at + 124, 12), 8);
    const type = field(at + 156, 1);
    const start = at + block;
    if (!Number.isInteger(size) || start + size > archive.length)
      throw new Error(`tar: ${name}: the archive is cut off or damaged`);
    if (type !== '' && type !== '0' && type !== '5')
      throw new Error(`tar: ${name}: entries of type ${type} are not supported`);
    if (name.startsWith('/') || name.split('/').includes('..'))
      throw new Error(`tar: ${name}: leads out of the folder`);
    if (type !== '5') files.push({ name, mode: Number.parseInt(field(at + 100, 8), 8), at: start, size });
    at = start + Math.ceil(size / block) * block;
  }
  return files;
}

/** The plain files of an archive held in memory, as views of it. See `tarEntries` for what is refused. */
export function readTar(archive: Uint8Array): TarFile[] {
  return tarEntries(archive).map(({ name, mode, at, size }) => ({
    name,
    mode,
    content: archive.subarray(at, at + size),
  }));
}
