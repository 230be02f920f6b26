import type { Interval } from '../../runs/measured.js';
import type { Claim } from '../experiment.js';
import { middle, type RowDraws } from './drawRows.js';
import type { SeedSpread } from './seedSpread.js';

/** yes: every comparison's interval says so; no: one of them says the opposite; undecided: neither. */
export type Verdict = 'yes' | 'no' | 'undecided' | 'not run';

/** One comparison of two rows, in points. */
export interface JudgedComparison extends Interval {
  /** labels: the row that the paper has above, and the one below */
  readonly higher: string;
  readonly lower: string;
  /** ours: higher − lower, with its 95 % interval */
  readonly difference: number;
  /** the same of the paper's numbers, where it prints both */
  readonly paper?: number;
  readonly verdict: Verdict;
}

export interface Judgement {
  readonly claim: Claim;
  readonly verdict: Verdict;
  /** empty where the claim's rows were not all run */
  readonly comparisons: readonly JudgedComparison[];
  /** labels of the claim's rows that were not run */
  readonly missing: readonly string[];
  /** the verdict with its numbers, in plain words */
  readonly sentence: string;
}

/**
 * Whether our rows show what the paper claims of its own: each row of `order` above the next one.
 *
 * A claim of several comparisons is a yes only if each one's 95 % interval lies above zero (an intersection–union test: no
 * correction is due), and a no if one lies wholly below zero at 95 % shared between them (Bonferroni). A claim that rows
 * lie `within` some points of each other is a yes if every pair's interval does, a no if one's lies wholly outside. Where
 * nothing is known of the spread over seeds nothing is decided, whatever the test images say: another seed might turn it.
 *
 * @param drawn rows of the table on the claim's metric; a row that is not among them was not run
 */
export function judgeClaim(claim: Claim, drawn: RowDraws): Judgement {
  const { rows, spread } = drawn;
  const places = claim.order.map((label) => rows.findIndex((row) => row.label === label));
  const missing = claim.order.filter((_, at) => places[at] < 0);
  if (missing.length > 0) {
    const sentence = `Not run: ${missing.join(', ')}.`;
    return { claim, verdict: 'not run', comparisons: [], missing, sentence };
  }
  const pairs = pairsOf(claim).map(([higher, lower]) => [places[higher], places[lower]] as const);
  const rule = { within: claim.within, known: spread !== undefined, shared: 1 - 0.05 / pairs.length };
  const comparisons = pairs.map((pair) => compare(pair, drawn, rule));
  const verdict = comparisons.some((one) => one.verdict === 'no')
    ? 'no'
    : comparisons.every((one) => one.verdict === 'yes')
      ? 'yes'
      : 'undecided';
  const seeds = Math.min(...places.map((at) => rows[at].runs.length));
  const asked = claim.within === undefined ? '' : ` Asked to be within ±${claim.within}.`;
  const words = `${OPENING[verdict]} ${comparisons.map(describe).join('; ')} (${seedsInWords(seeds, spread)}).${asked}`;
  return { claim, verdict, comparisons, missing, sentence: words };
}

/** Neighbours in the order; the first beside each other one where it is to be the best; where rows should be alike, all pairs. */
function pairsOf({ order, within, best }: Claim): [number, number][] {
  const places = [...order.keys()];
  if (best) return places.slice(1).map((lower) => [0, lower]);
  if (within === undefined) return places.slice(1).map((lower) => [lower - 1, lower]);
  return places.flatMap((lower) => places.slice(0, lower).map((higher): [number, number] => [higher, lower]));
}

function compare(
  [higher, lower]: readonly [number, number],
  { rows, means, draws }: RowDraws,
  { within, known, shared }: { within?: number; known: boolean; shared: number },
): JudgedComparison {
  const drawn = draws.map((values) => values[higher] - values[lower]);
  const interval = middle(drawn);
  const wide = middle(drawn, shared);
  const [above, below] = [rows[higher].paper, rows[lower].paper];
  const verdict = !known
    ? 'undecided'
    : within === undefined
      ? decide(interval.low > 0, wide.high < 0)
      : decide(interval.low > -within && interval.high < within, wide.low > within || wide.high < -within);
  return {
    higher: rows[higher].label,
    lower: rows[lower].label,
    difference: means[higher] - means[lower],
    ...interval,
    ...(above !== undefined && below !== undefined && { paper: above - below }),
    verdict,
  };
}

const decide = (yes: boolean, no: boolean): Verdict => (yes ? 'yes' : no ? 'no' : 'undecided');

const OPENING: Record<Exclude<Verdict, 'not run'>, string> = { yes: 'Yes:', no: 'No:', undecided: 'Undecided:' };

function describe({ higher, lower, difference, low, high, paper }: JudgedComparison): string {
  const inPaper = paper === undefined ? '' : `, the paper ${signed(paper)}`;
  return `${higher} − ${lower} = ${signed(difference)} [${signed(low)}, ${signed(high)}]${inPaper}`;
}

function seedsInWords(seeds: number, spread: SeedSpread | undefined): string {
  const count = seeds === 1 ? 'one seed a row' : `${seeds} seeds a row at least`;
  if (spread === undefined)
    return `${count}, so only the test images' error is in the interval, not the luck of training`;
  return `${count}; a seed moves a row by ${spread.deviation.toFixed(1)} points`;
}

/** In points, with a sign that is a minus and not a hyphen. */
const signed = (points: number) => `${points < 0 ? '−' : '+'}${Math.abs(points).toFixed(1)}`;
