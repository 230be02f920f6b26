import type { Rng } from '../../random/rng.js';
import type { Interval } from '../../runs/measured.js';
import { middle, type RowDraws } from './drawRows.js';
import { kendall, permutationP, spearman } from './rankCorrelation.js';

/** How far our order of a table's rows is the paper's. */
export interface OrderAgreement {
  /** rows with a number of the paper's and a run of ours */
  readonly rows: number;
  /** Spearman's ρ, and what other test images and seeds would make of it (95 %) */
  readonly spearman: { readonly value: number } & Interval;
  readonly kendall: number;
  /** one-sided: how often a random order agrees as well. Two rows: ½ at best; four: 1/24. */
  readonly p: number;
  /** pairs of rows that ours put in the paper's order, of those that the paper tells apart */
  readonly pairs: { readonly same: number; readonly of: number };
}

/**
 * Compares the order of rows, the paper's with ours. Undefined where fewer than two rows have both numbers, or the paper's
 * are all equal.
 * @param labels only these rows
 */
export function compareOrder(
  { rows, means, draws }: RowDraws,
  { rng, labels }: { rng: Rng; labels?: readonly string[] },
): OrderAgreement | undefined {
  const places = [...rows.keys()].filter(
    (at) => rows[at].paper !== undefined && (labels === undefined || labels.includes(rows[at].label)),
  );
  const theirs = places.map((at) => rows[at].paper as number);
  if (new Set(theirs).size < 2) return undefined;
  const chosen = (values: ArrayLike<number>) => places.map((at) => values[at]);
  const ours = chosen(means);
  const redrawn = draws.map((values) => spearman(theirs, chosen(values))).filter(Number.isFinite);
  return {
    rows: places.length,
    spearman: { value: spearman(theirs, ours), ...middle(redrawn) },
    kendall: kendall(theirs, ours),
    p: permutationP(theirs, ours, { rng }),
    pairs: samePairs(theirs, ours),
  };
}

function samePairs(first: readonly number[], second: readonly number[]): { same: number; of: number } {
  let [same, of] = [0, 0];
  for (let i = 0; i < first.length; i++) {
    for (let j = 0; j < i; j++) {
      if (first[i] === first[j]) continue;
      of++;
      if (Math.sign(first[i] - first[j]) === Math.sign(second[i] - second[j])) same++;
    }
  }
  return { same, of };
}
