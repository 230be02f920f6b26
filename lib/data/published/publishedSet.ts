import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { InputError } from '../../errors.js';
import { refuseLfsPointer } from '../../runs/lfsPointer.js';
import { readListFile } from '../../runs/textFile.js';
import { type ClassFolders, isStray, listClassFolders } from '../classFolders.js';
import { decodeImage } from '../imageFolder.js';

/** A split as its publishers made it. */
export interface PublishedSplit {
  /** paths below the root, or what else `read` takes; they tell pictures apart */
  readonly pictures: readonly string[];
  /** [pictures], each in 0 … classes − 1 */
  readonly labels: Int32Array;
  /** [pictures, classes], 1 where a picture is of the class: where it may be of several. Labels then count for nothing */
  readonly relevant?: Uint8Array;
}

/** A published data set, opened in a folder of the user's. */
export interface PublishedSet {
  readonly classes: readonly string[];
  readonly train: PublishedSplit;
  /** where the publishers give one */
  readonly validation?: PublishedSplit;
  readonly test: PublishedSplit;
  /** One picture, [size, size, 3] bytes: filled and cropped in the middle. */
  read(picture: string, size: number): Promise<Uint8Array>;
}

/** How many there are, as published; what is left out is not fixed by the publishers. */
export interface PublishedCounts {
  readonly classes: number;
  readonly train?: number;
  readonly validation?: number;
  readonly test?: number;
  /** different ones in all splits together */
  readonly pictures?: number;
}

/** A data set that the paper judges on, and how its folder is read. */
export interface PublishedData {
  readonly name: string;
  readonly title: string;
  /** as Table 6 scores it (spec §5.2) */
  readonly metric: 'accuracy' | 'mean per class' | '11-point mAP';
  /** what the folder holds, in words */
  readonly layout: string;
  readonly counts: PublishedCounts;
  /** @throws InputError for a folder of another layout */
  open(root: string): PublishedSet;
}

/** Files of one data set: every fault names the layout. */
export interface PublishedFolder {
  readonly root: string;
  fault(found: string, where?: string): InputError;
  path(...parts: string[]): string;
  /** the bytes of a file */
  bytes(...parts: string[]): Buffer;
  /** the lines of a text file that are not empty */
  lines(...parts: string[]): string[];
  /** names in a folder, sorted; hidden ones and those of operating systems left out */
  names(...parts: string[]): string[];
  /** the pictures of the class folders in a folder */
  classFolders(...parts: string[]): ClassFolders;
  /** pictures as a split: each has to be there */
  split(pictures: readonly string[], labels: readonly number[]): PublishedSplit;
  /** the number of a name among the classes */
  labelOf(classes: readonly string[], name: string, where: string): number;
  read: PublishedSet['read'];
}

/** Opens a folder for a reader. @throws InputError where it is none */
export function publishedFolder(root: string, { title, layout }: { title: string; layout: string }): PublishedFolder {
  const fault = (found: string, where = root) =>
    new InputError({
      where,
      expected: `${title} as its archives unpack: ${layout}`,
      found,
      fix: 'give the folder that holds these, or unpack the archives again',
    });
  if (!statSync(root, { throwIfNoEntry: false })?.isDirectory()) throw fault('no such folder');
  const at = (...parts: string[]) => path.join(root, ...parts);
  const present = (file: string) => {
    if (!existsSync(file)) throw fault(`no ${path.relative(root, file)}`);
    return file;
  };
  const places = new Map<readonly string[], Map<string, number>>();
  return {
    root,
    fault,
    path: at,
    bytes(...parts) {
      const file = present(at(...parts));
      refuseLfsPointer(file);
      return readFileSync(file);
    },
    lines: (...parts) => {
      const lines = readListFile(present(at(...parts)), { what: 'a line' }).map(({ text }) => text);
      if (lines.length === 0) throw fault('an empty file', at(...parts));
      return lines;
    },
    names: (...parts) =>
      readdirSync(present(at(...parts)))
        .filter((name) => !isStray(name))
        .sort(),
    classFolders: (...parts) => listClassFolders(present(at(...parts))),
    split(pictures, labels) {
      if (pictures.length === 0) throw fault('a split without pictures');
      const absent = pictures.find((picture) => !isInside(picture) || !existsSync(at(picture)));
      if (absent !== undefined) throw fault(`no picture ${absent}`);
      return { pictures, labels: Int32Array.from(labels) };
    },
    labelOf(classes, name, where) {
      let place = places.get(classes);
      if (!place) {
        place = new Map(classes.map((one, i) => [one, i]));
        places.set(classes, place);
      }
      const label = place.get(name);
      if (label === undefined) throw fault(`the class ${name}, which is none of ${classes.length}`, where);
      return label;
    },
    read: (picture, size) => decodeImage(at(picture), { size }),
  };
}

/** Lists are files of others: none of their lines may lead out of the folder. */
const isInside = (picture: string) => !path.isAbsolute(picture) && !picture.split(/[\\/]/).includes('..');

/** What a folder holds, in the words of `PublishedCounts`. */
export function countsOf({ classes, train, validation, test }: PublishedSet): Required<PublishedCounts> {
  const splits = [train, ...(validation ? [validation] : []), test];
  return {
    classes: classes.length,
    train: train.pictures.length,
    validation: validation?.pictures.length ?? 0,
    test: test.pictures.length,
    pictures: new Set(splits.flatMap(({ pictures }) => pictures)).size,
  };
}

/** @throws InputError where a folder holds other numbers of pictures than were published */
export function requireCounts({ title, counts }: PublishedData, set: PublishedSet, root: string): void {
  const found = countsOf(set);
  const wrong = Object.entries(counts).filter(([key, count]) => found[key as keyof PublishedCounts] !== count);
  if (wrong.length === 0) return;
  throw new InputError({
    where: root,
    expected: `${title} whole: ${wrong.map(([key, count]) => `${count} ${written(key)}`).join(', ')}`,
    found: wrong.map(([key]) => `${found[key as keyof PublishedCounts]} ${written(key)}`).join(', '),
    fix: 'unpack all archives; `--partial` judges on what is there, and no published number compares with that',
  });
}

const written = (key: string) => (key === 'classes' || key === 'pictures' ? key : `pictures of ${key}`);
