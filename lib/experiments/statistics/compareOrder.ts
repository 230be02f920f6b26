import type { Interval } from '../../evaluate/index.js';
import type { Rng } from '../../random/rng.js';
import type { ScoredRow } from './claim.js';
import { drawRows, middle } from './drawRows.js';
import { kendall, permutationP, spearman } from './rankCorrelation.js';
import type { SeedSpread } from './seedSpread.js';

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
 * Compares the order of the rows, the paper's with ours. Undefined where fewer than two rows have both numbers, or the
 * paper's are all equal.
 */
export function compareOrder(
  rows: readonly ScoredRow[],
  { rng, spread, draws = 2000 }: { rng: Rng; spread?: SeedSpread; draws?: number },
): OrderAgreement | undefined {
  const both = rows.filter(({ paper, runs }) => paper !== undefined && runs.length > 0);
  const theirs = both.map(({ paper }) => paper as number);
  if (new Set(theirs).size < 2) return undefined;
  const drawn = drawRows(both, { rng, spread, draws });
  const ours = [...drawn.means];
  const value = spearman(theirs, ours);
  const redrawn = drawn.draws.map((row) => spearman(theirs, row)).filter(Number.isFinite);
  return {
    rows: both.length,
    spearman: { value, ...middle(redrawn) },
    kendall: kendall(theirs, ours),
    p: permutationP(theirs, ours, { rng: rng.child('orders') }),
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
