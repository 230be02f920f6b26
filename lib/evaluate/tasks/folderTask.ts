import { readdirSync, statSync } from 'node:fs';
import path from 'node:path';
import { requireSameClasses } from '../../data/classFolders.js';
import { identityOfFiles } from '../../data/identityOfFiles.js';
import { type ImageFolder, type ImageFolderOptions, openImageFolder } from '../../data/imageFolder.js';
import { InputError } from '../../errors.js';
import type { LabelledImages } from '../features.js';
import { type SplitRows, splitRows } from './splitRows.js';
import type { EvaluationTask, TaskMetric } from './task.js';

/**
 * A data set of the user's as class folders: `train/<class>/…`, `test/<class>/…` and, where validation is given, `val/…`;
 * else 20 % of train, drawn with seed 0, as the paper does (spec §5.2). The paper's sets come so from their archives:
 * Aircraft, DTD and Flowers with a validation split, the others without.
 *
 * Pictures fill the square and are cropped in the middle, which is the paper's resize and centre crop in one.
 */
export function folderTask(
  folder: string,
  {
    metric = 'accuracy',
    mirrors = 'itself',
    ...options
  }: { metric?: TaskMetric; mirrors?: string } & Omit<ImageFolderOptions, 'size'> = {},
): EvaluationTask {
  return {
    name: path.basename(path.resolve(folder)),
    group: 'folder',
    mirrors,
    metric,
    async open({ size, share = 1 }) {
      const open = (split: string) => openSplit(folder, split, { size, ...options });
      const [train, test] = [open('train'), open('test')];
      const validation = exists(path.join(folder, 'val')) ? open('val') : undefined;
      requireSameClasses(folder, ['train', train], ['test', test]);
      if (validation) requireSameClasses(folder, ['train', train], ['val', validation]);
      const sets = { train, validation, test };
      const rows = splitRows(
        { train: train.length, ...(validation && { validation: validation.length }), test: test.length },
        { share },
      );
      const part = ({ of, rows }: SplitRows) => rowsOf(sets[of]!, rows);
      return { train: part(rows.train), validation: part(rows.validation), test: part(rows.test) };
    },
  };
}

/** A validation split under another name would silently count for nothing. @throws InputError */
function refuseOtherNames(folder: string): void {
  const names = exists(folder) ? readdirSync(folder) : [];
  const other = names.find((name) => /^(val|valid|validation|dev)$/i.test(name) && name !== 'val');
  if (other === undefined || !exists(path.join(folder, other))) return;
  throw new InputError({
    where: folder,
    expected: 'validation in a folder called val',
    found: names.includes('val') ? `val and ${other}` : other,
    fix: `rename ${other} to val; or move it away, and a fifth of train is taken`,
  });
}

const exists = (where: string) => statSync(where, { throwIfNoEntry: false })?.isDirectory() ?? false;

/** @throws InputError unless there are classes to tell apart */
export function openSplit(folder: string, split: string, options: ImageFolderOptions): ImageFolder {
  refuseOtherNames(folder);
  const where = path.join(folder, split);
  const fault = (found: string) =>
    new InputError({
      where,
      expected: 'one folder of pictures a class, and two classes at least',
      found,
      fix: 'lay the set out as train/CLASS/…, test/CLASS/… and, where there is one, val/CLASS/…',
    });
  if (!exists(where)) throw fault('no such folder');
  const set = openImageFolder(where, options);
  if (set.classes.length === 0) throw fault('pictures without classes');
  if (set.classes.length === 1) throw fault(`a single class, ${set.classes[0]}`);
  return set;
}

function rowsOf(set: ImageFolder, rows: readonly number[]): LabelledImages {
  return {
    length: rows.length,
    size: set.size,
    classes: set.classes,
    get identity() {
      return identityOfFiles(
        set.folder,
        rows.map((row) => set.files[row]),
      );
    },
    batch: (indices) => set.batch(indices.map((index) => rows[index])),
  };
}
