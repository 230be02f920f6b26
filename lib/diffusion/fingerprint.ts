import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import path from 'node:path';

/**
 * SHA-256 over the names and contents of some files of a folder, read in pieces: models may be larger than memory.
 * @param more what else decides
 */
export async function fingerprintOf(folder: string, files: readonly string[], more = ''): Promise<string> {
  const hash = createHash('sha256');
  for (const name of files) {
    const content = createHash('sha256');
    for await (const piece of createReadStream(path.join(folder, name))) content.update(piece as Buffer);
    hash.update(`${name} ${content.digest('hex')}\n`);
  }
  return hash.update(more).digest('hex');
}
