import { rng } from '../../random/rng.js';

type Split = 'train' | 'validation' | 'test';

/** Rows of a split of a data set, and the split of the set that they are rows of. */
export interface SplitRows {
  readonly of: Split;
  readonly rows: readonly number[];
}

/** Of a set that comes without a validation split: the part of train that stands in for it, as in the paper (spec §5.2). */
const HELD_OUT = 0.2;

/**
 * Which rows train, choose λ and test. Without a validation split 20 % of train are held out, drawn with seed 0.
 * @param counts pictures in each split of the set
 * @param share of each, drawn with seed 0; rounded up
 */
export function splitRows(
  counts: { readonly train: number; readonly validation?: number; readonly test: number },
  { share = 1 }: { share?: number } = {},
): Readonly<Record<Split, SplitRows>> {
  const all = (count: number) => Array.from({ length: count }, (_, row) => row);
  const some = (rows: readonly number[]) =>
    share >= 1
      ? rows
      : rng(0, 'share')
          .shuffle(rows)
          .slice(0, Math.ceil(share * rows.length));
  const part = (of: Split, rows: readonly number[]): SplitRows => ({ of, rows: some(rows) });
  const test = part('test', all(counts.test));
  if (counts.validation !== undefined) {
    return { train: part('train', all(counts.train)), validation: part('validation', all(counts.validation)), test };
  }
  const drawn = rng(0, 'validation').shuffle(all(counts.train));
  const held = Math.max(1, Math.floor(HELD_OUT * drawn.length));
  return { train: part('train', drawn.slice(held)), validation: part('train', drawn.slice(0, held)), test };
}
