import { statSync } from 'node:fs';
import path from 'node:path';
import { sha256 } from '../runs/files.js';

/**
 * What tells pictures in files from all others: name, size and time of change of each. A file that was replaced is another,
 * whatever its name. (Contents would have to be read: of ImageNet, 150 GB.)
 */
export function identityOfFiles(folder: string, files: readonly string[]): string {
  return sha256(
    JSON.stringify(
      files.map((file) => {
        const { size, mtimeMs } = statSync(path.join(folder, file));
        return [file, size, mtimeMs];
      }),
    ),
  );
}
