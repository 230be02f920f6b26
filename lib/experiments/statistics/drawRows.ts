import { InputError } from '../../errors.js';
import type { Interval } from '../../evaluate/index.js';
import type { Rng } from '../../random/rng.js';
import { meanOfRuns, type ScoredRow, type SeedScore } from './scoredRow.js';
import type { SeedSpread } from './seedSpread.js';

/** A table's rows as they could as well have come out: the ground of every interval and verdict on it. */
export interface RowDraws {
  /** the rows that were run */
  readonly rows: readonly ScoredRow[];
  readonly spread?: SeedSpread;
  /** mean over seeds of each row, in percent */
  readonly means: Float64Array;
  /** Each draw: a value a row. */
  readonly draws: readonly Float64Array[];
}

/** Half of a 95 % interval over the standard error, of a normal distribution. */
const Z = 1.959963984540054;

/**
 * Draws a table's rows anew, `draws` times: with other test images and with other seeds of training.
 *
 * Test images are resampled once a draw for all rows together (a paired bootstrap), so what every encoder finds hard cancels
 * in differences. Measures without flags a test image (mIoU, the mean of tasks) move by the error that their own intervals
 * state, each row for itself: their differences look less certain than they are, never more. The luck of the seed is added
 * from `spread`: normal around the mean of the row's seeds, its size itself uncertain (Student's t by its degrees). Seeds differ
 * partly because they are tested on few images, so a part of that error counts twice: intervals are a little too wide.
 *
 * @param all rows of a table; those without a run are left out
 */
export function drawRows(
  all: readonly ScoredRow[],
  { rng, draws = 2000, spread }: { rng: Rng; draws?: number; spread?: SeedSpread },
): RowDraws {
  const rows = all.filter(({ runs }) => runs.length > 0);
  const flags = rows.map(({ runs }) => meanFlags(runs));
  const lengths = new Set(flags.flatMap((one) => (one === undefined ? [] : [one.length])));
  if (lengths.size > 1) throw otherTests([...lengths]);
  const [images = 0] = lengths;
  const means = Float64Array.from(rows, meanOfRuns);
  const errors = rows.map(({ runs }) => mean(runs.map(({ low, high }) => (high - low) / (2 * Z))));
  const [byImage, byError, bySeed] = [rng.child('images'), rng.child('errors'), rng.child('seeds')];
  const one = (): Float64Array => {
    const chosen = Int32Array.from({ length: images }, () => byImage.int(images));
    const scale = spread === undefined ? 0 : spread.deviation * studentScale(spread.degrees, bySeed);
    return Float64Array.from(rows, ({ runs }, row) => {
      const right = flags[row];
      const tested = right === undefined ? means[row] + errors[row] * byError.normal() : 100 * meanAt(right, chosen);
      return tested + (scale / Math.sqrt(runs.length)) * bySeed.normal();
    });
  };
  return { rows, means, draws: Array.from({ length: draws }, one), ...(spread && { spread }) };
}

/** The middle 95 % (or `level`) of some draws. */
export function middle(draws: Iterable<number>, level = 0.95): Interval {
  const sorted = Float64Array.from(draws).sort();
  const at = (q: number) => sorted[Math.round(q * (sorted.length - 1))];
  return { low: at((1 - level) / 2), high: at((1 + level) / 2) };
}

/** How often each test image was right over a row's seeds; undefined where a run has no flags. */
function meanFlags(runs: readonly SeedScore[]): Float32Array | undefined {
  const all = runs.map(({ correct }) => correct);
  const [first] = all;
  if (first === undefined || all.includes(undefined)) return undefined;
  const other = all.find((one) => one?.length !== first.length);
  if (other !== undefined) throw otherTests([first.length, other.length]);
  return Float32Array.from(first, (_, image) => mean(all.map((one) => one?.[image] ?? 0)));
}

function meanAt(values: Float32Array, chosen: Int32Array): number {
  let sum = 0;
  for (let i = 0; i < chosen.length; i++) sum += values[chosen[i]];
  return sum / chosen.length;
}

/** √(ν / χ²_ν): what makes a normal with an estimated deviation a Student's t. */
function studentScale(degrees: number, rng: Rng): number {
  let sum = 0;
  for (let at = 0; at < degrees; at++) sum += rng.normal() ** 2;
  return Math.sqrt(degrees / sum);
}

const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;

const otherTests = (lengths: readonly number[]) =>
  new InputError({
    where: 'rows to compare',
    expected: 'runs scored on the same test images',
    found: `test sets of ${lengths.join(' and ')} images`,
    fix: 'compare records of one tier, scored by the same version of the evaluation',
  });
