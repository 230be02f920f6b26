import { type Dirent, readdirSync, realpathSync, statSync } from 'node:fs';
import path from 'node:path';
import { InputError } from '../errors.js';

/** Endings of the pictures that are read, in any case. */
const EXTENSIONS = ['.png', '.jpg', '.jpeg', '.jpe', '.jfif', '.webp', '.gif', '.tif', '.tiff', '.avif'];
/** Pictures too, but nothing here decodes them. */
const NOT_READ = ['.bmp', '.heic', '.heif', '.jp2', '.jxl', '.ppm', '.pgm', '.svg', '.psd', '.ico', '.tga', '.exr'];

const extensionOf = (name: string) => path.extname(name).toLowerCase();
const isImage = (name: string) => EXTENSIONS.includes(extensionOf(name));
/** What operating systems, editors and archives leave in every folder. */
export const isStray = (name: string) => /^(\.|thumbs\.db$|ehthumbs\.db$|desktop\.ini$|__macosx$)/i.test(name);

/** Pictures of a folder by class. */
export interface ClassFolders {
  /** Names of the class folders, sorted, in one Unicode form (macOS writes é as two characters); none of a flat folder. */
  readonly classes: readonly string[];
  /** Paths inside the folder, sorted within each class. */
  readonly files: readonly string[];
  /** [files] the class of each; 0 in a flat folder. */
  readonly labels: Int32Array;
}

/** What a walk passed over, to be said once. */
interface LeftOut {
  strays: number;
  files: string[];
  folders: string[];
}

/**
 * The pictures of a folder: either flat, or one sub-folder a class with whatever folders within it. Links are followed.
 * What is no picture is left out, and `say` is told so in one line.
 *
 * @throws InputError for no folder, no pictures, loose pictures beside classes, a class without pictures, a link that leads
 * nowhere or in a circle, two names that differ by their Unicode form alone
 */
export function listClassFolders(
  folder: string,
  { say = sayOnce }: { say?: (line: string) => void } = {},
): ClassFolders {
  const fault = (found: string, fix: string) =>
    new InputError({ where: folder, expected: 'a folder of images, flat or one sub-folder a class', found, fix });
  const leftOut: LeftOut = { strays: 0, files: [], folders: [] };
  const entries = entriesOf(folder, leftOut);
  if (entries.length === 0) throw fault('an empty folder', 'put images into it');
  const flat = entries.filter(({ name, isFolder }) => !isFolder && isImage(name)).map(({ name }) => name);
  const groups = entries
    .filter(({ isFolder }) => isFolder)
    .map(({ name, label }) => ({
      label,
      files: imagesBelow(path.join(folder, name), { leftOut }).map((file) => path.join(name, file)),
    }));
  const empty = groups.filter(({ files }) => files.length === 0).map(({ label }) => label);
  const full = groups.length - empty.length;
  leftOut.files.push(...entries.filter(({ name, isFolder }) => !isFolder && !isImage(name)).map(({ name }) => name));
  if (flat.length > 0 && full > 0) {
    throw fault(
      `${flat.length} images beside ${full} class folders`,
      'move the loose images into a class folder, or away',
    );
  }
  if (flat.length + full === 0) {
    const what = leftOut.files.length > 0 ? `: ${kindsOf(leftOut.files)}` : '';
    throw fault(`${entries.length} entries, none an image${what}`, `use ${EXTENSIONS.join(' ')} files`);
  }
  if (full > 0 && empty.length > 0) {
    const what = leftOut.files.length > 0 ? ` (left out: ${kindsOf(leftOut.files)})` : '';
    throw fault(`no images in ${empty.join(', ')}${what}`, 'put images into each class folder, or remove the folder');
  }
  leftOut.folders.push(...empty);
  const line = inWords(leftOut);
  if (line) say(`${folder}: left out ${line}`);
  if (flat.length > 0) return { files: flat, classes: [], labels: new Int32Array(flat.length) };
  return {
    files: groups.flatMap(({ files }) => files),
    classes: groups.map(({ label }) => label),
    labels: Int32Array.from(groups.flatMap(({ files }, label) => files.map(() => label))),
  };
}

/** @throws InputError unless a label means the same in both: classes are numbered in the order of their names */
export function requireSameClasses(
  where: string,
  [first, one]: readonly [string, Pick<ClassFolders, 'classes'>],
  [second, other]: readonly [string, Pick<ClassFolders, 'classes'>],
): void {
  if (one.classes.join('\n') === other.classes.join('\n')) return;
  const lacking = (a: Pick<ClassFolders, 'classes'>, b: Pick<ClassFolders, 'classes'>) =>
    a.classes.filter((name) => !b.classes.includes(name)).join(', ') || 'none';
  throw new InputError({
    where,
    expected: `the same classes in ${first} and ${second}`,
    found: `only in ${first}: ${lacking(one, other)}; only in ${second}: ${lacking(other, one)}`,
    fix: 'move or rename the folders',
  });
}

/** The pictures of a folder and of all folders in it, as paths inside it. @param above the folders it was reached by */
export function imagesBelow(
  folder: string,
  { above = [], leftOut }: { above?: readonly string[]; leftOut?: LeftOut } = {},
): string[] {
  const here = realpathSync(folder);
  if (above.includes(here)) throw badLink(folder, `in a circle, back to ${here}`);
  return entriesOf(folder, leftOut).flatMap(({ name, isFolder }) => {
    if (isFolder) {
      const inside = imagesBelow(path.join(folder, name), { above: [...above, here], leftOut });
      return inside.map((file) => path.join(name, file));
    }
    if (isImage(name)) return [name];
    leftOut?.files.push(name);
    return [];
  });
}

interface Entry {
  readonly name: string;
  /** in one Unicode form */
  readonly label: string;
  readonly isFolder: boolean;
}

function entriesOf(folder: string, leftOut?: LeftOut): Entry[] {
  const fault = (found: string, fix: string) =>
    new InputError({ where: folder, expected: 'a folder of images', found, fix });
  const stats = statSync(folder, { throwIfNoEntry: false });
  if (!stats) throw fault('no such folder', 'check the path');
  if (!stats.isDirectory()) throw fault('a file', 'give the folder that holds the images');
  const all = readdirSync(folder, { withFileTypes: true });
  const entries = all
    .filter(({ name }) => !isStray(name))
    .map((entry) => ({ name: entry.name, label: entry.name.normalize(), isFolder: leadsToFolder(folder, entry) }))
    .sort((a, b) => (a.label < b.label ? -1 : 1));
  if (leftOut) leftOut.strays += all.length - entries.length;
  const twice = entries.find(({ label }, i) => i > 0 && label === entries[i - 1].label);
  if (twice) throw fault(`${twice.label} twice, in two Unicode forms`, 'rename one, or join the two');
  return entries;
}

function leadsToFolder(folder: string, entry: Dirent): boolean {
  if (!entry.isSymbolicLink()) return entry.isDirectory();
  const link = path.join(folder, entry.name);
  try {
    return statSync(link).isDirectory();
  } catch (error) {
    // What is no picture, and no class, may lead where it likes.
    if (extensionOf(entry.name) !== '' && !isImage(entry.name)) return false;
    throw badLink(link, (error as NodeJS.ErrnoException).code === 'ELOOP' ? 'in a circle' : 'nowhere');
  }
}

const badLink = (where: string, how: string) =>
  new InputError({
    where,
    expected: 'a picture or a folder of pictures, or a link to one',
    found: `a link that leads ${how}`,
    fix: 'mend the link, or remove it',
  });

/** `3 .txt, 2 .bmp (not read here: convert them to PNG)` */
function kindsOf(files: readonly string[]): string {
  const counts = new Map<string, number>();
  for (const file of files) counts.set(extensionOf(file), (counts.get(extensionOf(file)) ?? 0) + 1);
  return [...counts]
    .map(
      ([extension, count]) =>
        `${count} ${extension || 'without an ending'}${NOT_READ.includes(extension) ? ' (not read here: convert them to PNG)' : ''}`,
    )
    .join(', ');
}

function inWords({ strays, files, folders }: LeftOut): string {
  return [
    files.length > 0 ? `${files.length} files that are no pictures: ${kindsOf(files)}` : '',
    folders.length > 0 ? `folders without pictures: ${folders.join(', ')}` : '',
    strays > 0 ? `${strays} hidden or of the system` : '',
  ]
    .filter(Boolean)
    .join('; ');
}

const said = new Set<string>();

function sayOnce(line: string): void {
  if (said.has(line)) return;
  said.add(line);
  process.stderr.write(`${line}\n`);
}
