import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { fromEnvironment } from './environment.js';

/** The nearest folder at or above `start` whose package.json has this name. */
function findRoot(start: string, name: string): string | undefined {
  for (let folder = start; ; folder = path.dirname(folder)) {
    const file = path.join(folder, 'package.json');
    if (existsSync(file) && JSON.parse(readFileSync(file, 'utf8')).name === name) return folder;
    if (folder === path.dirname(folder)) return undefined;
  }
}

const here = path.dirname(fileURLToPath(import.meta.url));
const root = findRoot(here, 'synclr-notebooks') ?? process.cwd();

/** A path inside the repository, independent of the current folder: `projectPath('figures', 'fig1.png')`. */
export function projectPath(...parts: string[]): string {
  return path.join(root, ...parts);
}

/** A path below the folder of runs: `runs/`, or what SYNCLR_RUNS names (of a checkout that one may only read, say). */
export function runsPath(...parts: string[]): string {
  const own = fromEnvironment('SYNCLR_RUNS');
  return path.join(own ? path.resolve(own) : projectPath('runs'), ...parts);
}
