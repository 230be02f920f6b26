import {
  type PublishedData,
  type PublishedSet,
  type PublishedSplit,
  requireCounts,
} from '../data/published/publishedSet.js';
import { sha256 } from '../runs/files.js';
import { identityOfFiles } from './featureCache.js';
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
