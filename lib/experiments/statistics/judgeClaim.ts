import type { Interval } from '../../evaluate/index.js';
import type { Rng } from '../../random/rng.js';
import type { Claim, Comparison, ScoredRow, Verdict } from './claim.js';
import { drawRows, middle, type RowDraws } from './drawRows.js';
import type { SeedSpread } from './seedSpread.js';

/** One comparison of a claim, in points. */
export interface JudgedComparison extends Interval {
  /** labels, joined by ` & ` where several rows are averaged */
  readonly higher: string;
  readonly lower: string;
  readonly within?: number;
  /** ours: mean(higher) − mean(lower), with its 95 % interval */
  readonly difference: number;
  /** the same of the paper's numbers, where it prints all of them */
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
 * Whether our rows show what the paper claims of its own.
 *
 * A claim of several comparisons is a yes only if each one's 95 % interval lies on its side of zero (an intersection–union
 * test: no correction is due), and a no if one lies wholly on the other side at 95 % shared between them (Bonferroni). Where
 * nothing is known of the spread over seeds nothing is decided, whatever the test images say: another seed might turn it.
 *
 * @param rows all the claim's rows, those not run with empty `runs`
 * @param spread of seeds, pooled over as many settings as there are (`seedSpread`)
 */
export function judgeClaim(
  claim: Claim,
  rows: readonly ScoredRow[],
  { rng, spread, draws }: { rng: Rng; spread?: SeedSpread; draws?: number },
): Judgement {
  const labels = claim.comparisons.flatMap(({ higher, lower }) => [...list(higher), ...list(lower)]);
  const needed = [...new Set(labels)].map((label) => rows.find((row) => row.label === label) ?? { label, runs: [] });
  const missing = needed.filter(({ runs }) => runs.length === 0).map(({ label }) => label);
  if (missing.length > 0) {
    const sentence = `Not run: ${missing.join(', ')}.`;
    return { claim, verdict: 'not run', comparisons: [], missing, sentence };
  }
  const drawn = drawRows(needed, { rng, spread, draws });
  const shared = 1 - 0.05 / claim.comparisons.length;
  const comparisons = claim.comparisons.map((one) =>
    compare(one, needed, drawn, { known: spread !== undefined, shared }),
  );
  const verdict = comparisons.some((one) => one.verdict === 'no')
    ? 'no'
    : comparisons.every((one) => one.verdict === 'yes')
      ? 'yes'
      : 'undecided';
  const seeds = Math.min(...needed.map(({ runs }) => runs.length));
  const sentence = `${OPENING[verdict]} ${comparisons.map(describe).join('; ')} (${seedsInWords(seeds, spread)}).`;
  return { claim, verdict, comparisons, missing, sentence };
}

function compare(
  { higher, lower, within }: Comparison,
  rows: readonly ScoredRow[],
  { means, draws }: RowDraws,
  { known, shared }: { known: boolean; shared: number },
): JudgedComparison {
  const [above, below] = [list(higher), list(lower)];
  const places = (labels: readonly string[]) => labels.map((label) => rows.findIndex((row) => row.label === label));
  const [up, down] = [places(above), places(below)];
  const difference = (values: ArrayLike<number>) => meanOf(up, values) - meanOf(down, values);
  const drawn = draws.map(difference);
  const interval = middle(drawn);
  const wide = middle(drawn, shared);
  const paper = difference(rows.map((row) => row.paper ?? Number.NaN));
  const verdict = !known
    ? 'undecided'
    : within === undefined
      ? decide(interval.low > 0, wide.high < 0)
      : decide(interval.low > -within && interval.high < within, wide.low > within || wide.high < -within);
  return {
    higher: above.join(' & '),
    lower: below.join(' & '),
    ...(within !== undefined && { within }),
    difference: difference(means),
    ...interval,
    ...(Number.isFinite(paper) && { paper }),
    verdict,
  };
}

const decide = (yes: boolean, no: boolean): Verdict => (yes ? 'yes' : no ? 'no' : 'undecided');

const OPENING: Record<Exclude<Verdict, 'not run'>, string> = { yes: 'Yes:', no: 'No:', undecided: 'Undecided:' };

function describe({ higher, lower, within, difference, low, high, paper }: JudgedComparison): string {
  const inPaper = paper === undefined ? '' : `; the paper ${signed(paper)}`;
  const asked = within === undefined ? '' : `, asked to be within ±${within}`;
  return `${higher} − ${lower} = ${signed(difference)} [${signed(low)}, ${signed(high)}]${asked}${inPaper}`;
}

function seedsInWords(seeds: number, spread: SeedSpread | undefined): string {
  const count = seeds === 1 ? 'one seed a row' : `${seeds} seeds a row at least`;
  if (spread === undefined)
    return `${count}, so only the test images' error is in the interval, not the luck of training`;
  return `${count}; a seed moves a row by ${spread.deviation.toFixed(1)} points`;
}

const list = (labels: string | readonly string[]): readonly string[] =>
  typeof labels === 'string' ? [labels] : labels;

const meanOf = (places: readonly number[], values: ArrayLike<number>) =>
  places.reduce((sum, at) => sum + values[at], 0) / places.length;

/** In points, with a sign that is a minus and not a hyphen. */
const signed = (points: number) => `${points < 0 ? '−' : '+'}${Math.abs(points).toFixed(1)}`;
