import { identityOfFiles } from '../data/identityOfFiles.js';
import {
  type PublishedData,
  type PublishedSet,
  type PublishedSplit,
  requireCounts,
} from '../data/published/publishedSet.js';
import { InputError } from '../errors.js';
import { sha256 } from '../runs/files.js';
import type { LabelledImages } from './features.js';
import { type SplitRows, splitRows } from './tasks/splitRows.js';
import type { EvaluationTask } from './tasks/task.js';

/**
 * A published data set as a task: its own splits, and where there is no validation, 20 % of train, drawn with seed 0, as the
 * paper does (spec §5.2). The count of pictures is checked, so that a number never comes from half a data set unsaid.
 *
 * @param partial another number of pictures than was published is taken as it is
 */
export function publishedTask(
  data: PublishedData,
  root: string,
  { partial = false }: { partial?: boolean } = {},
): EvaluationTask {
  return {
    name: data.title,
    group: 'folder',
    mirrors: 'itself',
    metric: data.metric,
    async open({ size, share = 1 }) {
      const set = data.open(root);
      if (!partial) requireCounts(data, set, root);
      const { train, validation, test } = set;
      requireLabels(data, set, root);
      const rows = splitRows(
        {
          train: train.pictures.length,
          ...(validation && { validation: validation.pictures.length }),
          test: test.pictures.length,
        },
        { share },
      );
      const part = ({ of, rows }: SplitRows) => labelled(set, set[of]!, { root, size, rows });
      return { train: part(rows.train), validation: part(rows.validation), test: part(rows.test) };
    },
  };
}

/** @throws InputError for a label that is none of the classes, in a list that was damaged or counts otherwise */
function requireLabels({ title, layout }: PublishedData, { classes, ...splits }: PublishedSet, where: string): void {
  for (const split of [splits.train, splits.validation, splits.test]) {
    const at = split?.labels.findIndex((label) => !(label >= 0 && label < classes.length)) ?? -1;
    if (!split || at < 0) continue;
    throw new InputError({
      where,
      expected: `${title}, each picture of one of ${classes.length} classes: ${layout}`,
      found: `${split.pictures[at]} of class ${split.labels[at] + 1}`,
      fix: 'unpack the archives again',
    });
  }
}

function labelled(
  set: PublishedSet,
  { pictures, labels, relevant }: PublishedSplit,
  { root, size, rows }: { root: string; size: number; rows: readonly number[] },
): LabelledImages {
  const { classes } = set;
  // A record of CIFAR is `file#number`.
  const identity = identityOfFiles(root, [...new Set(rows.map((row) => pictures[row].split('#')[0]))]);
  return {
    length: rows.length,
    size,
    classes,
    identity: sha256(JSON.stringify([identity, rows.map((row) => [pictures[row], labels[row]])])),
    async batch(indices) {
      const images = new Uint8Array(indices.length * size * size * 3);
      for (const [b, index] of indices.entries()) {
        images.set(await set.read(pictures[rows[index]], size), b * size * size * 3);
      }
      const own = indices.map((index) => rows[index]);
      const flags =
        relevant &&
        Uint8Array.from(own.flatMap((row) => [...relevant.subarray(row * classes.length, (row + 1) * classes.length)]));
      return { images, labels: Int32Array.from(own, (row) => labels[row]), ...(flags && { relevant: flags }) };
    },
  };
}
