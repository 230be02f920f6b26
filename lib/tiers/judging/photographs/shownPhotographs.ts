import path from 'node:path';
import { readJson } from '../../../runs/files.js';
import { projectPath } from '../../../runs/paths.js';

/** A photograph that may be shown, and where it is from; data/photographs/README.md says how it was made. */
export interface ShownPhotograph {
  /** its path; in `origin.json`, below data/photographs/shown */
  readonly file: string;
  /** in a word */
  readonly shows: string;
  /** null: none of the concepts of data/drawings */
  readonly concept: string | null;
  readonly by: string;
  readonly licence: string;
  /** the page that the package gives for it, or null */
  readonly page: string | null;
  /** where it was found: a package, a file in it, and the SHA-256 of that file */
  readonly source: { readonly package: string; readonly file: string; readonly sha256: string };
  /** the square that was cut out of that file, in its pixels */
  readonly crop: { readonly left: number; readonly top: number; readonly side: number };
  /** of the committed file */
  readonly sha256: string;
}

/** The photographs of data/photographs/shown: the only ones that this repository holds. */
export function readShownPhotographs(folder = projectPath('data', 'photographs', 'shown')): readonly ShownPhotograph[] {
  const rows = readJson<ShownPhotograph[]>(path.join(folder, 'origin.json'));
  return rows.map((row) => ({ ...row, file: path.join(folder, row.file) }));
}
