import { lstatSync, realpathSync, statSync } from 'node:fs';
import path from 'node:path';
import { InputError } from '../errors.js';
import { inWords } from './systemProblem.js';

/** What a command writes into one file. */
export interface OutputFileKind {
  /** what it holds, in words: 'a page of pictures' */
  what: string;
  /** how its name may end; capitals are the same */
  endings: readonly string[];
  /** files and folders that the command reads; what is undefined is not read */
  reads?: readonly (string | undefined)[];
  /** a folder that it must not lie in, not even as a new file */
  outside?: string;
  /** whether a file that is there already is one that the command wrote; any may be written anew by default */
  isOurs?(file: string): boolean;
}

/**
 * Looks, before the work begins, whether a file may be written: by its name of the right kind, no folder, none of the files
 * that the work reads nor inside a folder of them (but for one that is ours). A link is followed to the file that it leads to.
 * @returns the file to write
 * @throws InputError
 */
export function claimFile(file: string, { what, endings, reads = [], outside, isOurs }: OutputFileKind): string {
  const refuse = (found: string, fix: string, expected = `a file for ${what}`): never => {
    throw new InputError({ where: file, expected, found, fix });
  };
  if (!endings.some((ending) => file.toLowerCase().endsWith(ending))) {
    const name = `a name that ends with ${endings.join(' or ')}, for ${what}`;
    refuse(`'${path.basename(file)}'`, `call it so, e.g. ${path.parse(file).name}${endings[0]}`, name);
  }
  if (
    outside !== undefined &&
    isInside(resolved(outside), path.join(resolved(path.dirname(file)), path.basename(file)))
  )
    refuse(`a place in ${outside}, which is read and would have it, too`, 'choose another folder');
  const there = inWords(file, () => lstatSync(file, { throwIfNoEntry: false }));
  if (!there) return file;
  const stats = statSync(file, { throwIfNoEntry: false });
  if (!stats) return refuse('a link that leads nowhere', 'mend or remove the link');
  if (stats.isDirectory()) return refuse('a folder', 'name a file, e.g. one inside that folder');
  const real = realpathSync(file);
  const ours = isOurs?.(file);
  for (const read of reads) {
    const input = read === undefined ? undefined : statSync(read, { throwIfNoEntry: false });
    if (!input || read === undefined) continue;
    if (input.dev === stats.dev && input.ino === stats.ino)
      refuse('the file that is read, which would be lost', 'choose another name');
    if (input.isDirectory() && !ours && isInside(realpathSync(read), real))
      refuse(`a file of ${read}, which is read and would be lost`, 'choose another name or folder');
  }
  if (ours === false) refuse('a file of something else, which would be lost', 'choose another name, or move that file');
  return there.isSymbolicLink() ? real : file;
}

/** Without links, as far as it is there. */
const resolved = (file: string) =>
  statSync(file, { throwIfNoEntry: false }) ? realpathSync(file) : path.resolve(file);

const isInside = (folder: string, file: string) => file.startsWith(`${folder}${path.sep}`);
