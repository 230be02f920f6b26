import { lstatSync, mkdirSync, readdirSync, rmSync, statSync } from 'node:fs';
import path from 'node:path';
import { InputError } from '../errors.js';
import { isElsewhere, readJson, writerOf } from './files.js';
import { isAlive } from './lock.js';
import { inWords } from './systemProblem.js';

/** How a command knows a folder that it wrote before. */
export interface OutputKind {
  /** what such a folder holds, in words: 'an image set' */
  what: string;
  /** a JSON file that every such folder has from its first moment on */
  marker: string;
  /** whether the marker is ours, by what stands in it */
  isOurs(content: unknown): boolean;
  /** names that are written before the marker: a killed run may have left them alone */
  before?: readonly string[];
}

/**
 * Makes a folder ready to be written to: a new one, an empty one, or one that the same command began before. Any other is
 * refused, so that nothing is overwritten or deleted that we did not make. Hidden files and what killed runs of ours left
 * under temporary names do not count.
 * @throws InputError for a file, a folder with other content, or one that this user may not write to
 */
export function claimFolder(folder: string, { what, marker, isOurs, before = [] }: OutputKind): void {
  const refuse = (found: string): never => {
    const fix = 'choose another folder, or empty this one yourself';
    throw new InputError({ where: folder, expected: `a new folder, an empty one, or ${what} of ours`, found, fix });
  };
  const stats = statSync(folder, { throwIfNoEntry: false });
  if (stats && !stats.isDirectory()) refuse('a file');
  inWords(folder, () => mkdirSync(folder, { recursive: true }));
  const names = inWords(folder, () => readdirSync(folder)).filter(
    (name) => !name.startsWith('.') && writerOf(name) === undefined,
  );
  if (!names.includes(marker)) {
    const strange = names.filter((name) => !before.includes(name));
    if (strange.length > 0) refuse(`${strange.slice(0, 3).join(', ')}${strange.length > 3 ? ', …' : ''}`);
  } else if (!isOurs(readJson(path.join(folder, marker)))) refuse(`a ${marker} of something else`);
}

/** A folder inside one of ours. It must be there itself, and not stand elsewhere behind a link. @throws InputError */
export function claimSubfolder(folder: string, name: string): string {
  const inside = path.join(folder, name);
  const stats = lstatSync(inside, { throwIfNoEntry: false });
  if (stats && !stats.isDirectory()) {
    throw new InputError({
      where: inside,
      expected: 'a folder',
      found: stats.isSymbolicLink() ? 'a link, which is not followed' : 'a file',
      fix: 'remove it, or choose another folder',
    });
  }
  inWords(inside, () => mkdirSync(inside, { recursive: true }));
  return inside;
}

/**
 * Deletes the temporary files that killed runs left in a folder; those of processes that live, or of another host, are let be.
 * @param isOurs which files they were to become
 */
export function removeLeftovers(folder: string, isOurs: (name: string) => boolean = () => true): void {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const writer = writerOf(entry.name);
    if (!entry.isFile() || writer === undefined || isElsewhere(entry.name) || isAlive(writer)) continue;
    if (isOurs(entry.name.replace(/(@[\w-]+)?\.\d+\.part$/, '')))
      rmSync(path.join(folder, entry.name), { force: true });
  }
}
