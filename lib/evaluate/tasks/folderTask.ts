import { statSync } from 'node:fs';
import path from 'node:path';
import { requireSameClasses } from '../../data/classFolders.js';
import { type ImageFolder, type ImageFolderOptions, openImageFolder } from '../../data/imageFolder.js';
import { InputError } from '../../errors.js';
import { rng } from '../../random/rng.js';
import { identityOfFiles } from '../featureCache.js';
import type { LabelledImages } from '../features.js';
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
      requireSameClasses(folder, ['train', train], ['test', test]);
      const part = (set: ImageFolder, rows: readonly number[]) =>
        rowsOf(
          set,
          share === 1
            ? rows
            : rng(0, 'share')
                .shuffle(rows)
                .slice(0, Math.ceil(share * rows.length)),
        );
      const all = (set: ImageFolder) => Array.from({ length: set.length }, (_, i) => i);
      if (exists(path.join(folder, 'val'))) {
        const validation = open('val');
        requireSameClasses(folder, ['train', train], ['val', validation]);
        return {
          train: part(train, all(train)),
          validation: part(validation, all(validation)),
          test: part(test, all(test)),
        };
      }
      const drawn = rng(0, 'validation').shuffle(all(train));
      const held = Math.max(1, Math.floor(0.2 * drawn.length));
      return {
        train: part(train, drawn.slice(held)),
        validation: part(train, drawn.slice(0, held)),
        test: part(test, all(test)),
      };
    },
  };
}

const exists = (where: string) => statSync(where, { throwIfNoEntry: false })?.isDirectory() ?? false;

/** @throws InputError unless there are classes to tell apart */
export function openSplit(folder: string, split: string, options: ImageFolderOptions): ImageFolder {
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
