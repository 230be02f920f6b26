import { pack } from 'tar-stream';
import type { TarFile } from './readTar.js';

/**
 * A tar archive of these files in this order. Equal files give equal bytes: owner and time are those of nobody, in 1970.
 * @param files names of at most 100 bytes, as `readTar` wants them
 */
export async function writeTar(files: readonly Pick<TarFile, 'name' | 'content'>[]): Promise<Buffer> {
  const archive = pack();
  for (const { name, content } of files) {
    archive.entry({ name, mode: 0o644, mtime: new Date(0), uid: 0, gid: 0 }, Buffer.from(content));
  }
  archive.finalize();
  const pieces: Buffer[] = [];
  for await (const piece of archive) pieces.push(piece as Buffer);
  return Buffer.concat(pieces);
}
