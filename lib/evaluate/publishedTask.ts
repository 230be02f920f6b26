import {
  type PublishedData,
  type PublishedSet,
  type PublishedSplit,
  requireCounts,
} from '../data/published/publishedSet.js';
import { rng } from '../random/rng.js';
import { sha256 } from '../runs/files.js';
import { identityOfFiles } from './featureCache.js';
import type { LabelledImages } from './features.js';
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
      const part = (split: PublishedSplit, rows: readonly number[]) =>
        labelled(set, split, { root, size, rows: some(rows, share) });
      const all = (split: PublishedSplit) => Array.from(split.pictures, (_, i) => i);
      const { train, validation, test } = set;
      if (validation) {
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

/** A part of the rows, drawn with seed 0; all of them, in order, where it is no less. */
function some(rows: readonly number[], share: number): readonly number[] {
  if (share >= 1) return rows;
  return rng(0, 'share')
    .shuffle(rows)
    .slice(0, Math.max(1, Math.round(share * rows.length)));
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
