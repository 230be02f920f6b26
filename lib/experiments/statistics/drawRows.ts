import type { Rng } from '../../random/rng.js';
import type { Interval } from '../../runs/measured.js';
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
 * in differences; of a mean of tasks, within each task. Rows that were tested on fewer images are drawn by themselves.
 * Measures without flags a test image (mIoU) move by the error that their own intervals state, each row for itself: their
 * differences look less certain than they are, never more. The luck of the seed is added from `spread`: normal around the
 * mean of the row's seeds, its size itself uncertain (Student's t by its degrees). Seeds differ partly because they are tested
 * on few images, so a part of that error counts twice: intervals are a little too wide.
 *
 * @param all rows of a table; those without a run are left out
 */
export function drawRows(
  all: readonly ScoredRow[],
  { rng, draws = 2000, spread }: { rng: Rng; draws?: number; spread?: SeedSpread },
): RowDraws {
  const rows = all.filter(({ runs }) => runs.length > 0);
  const flags = rows.map(({ runs }) => meanFlags(runs));
  const shares = flags.map((one) => (one ? mean(one) : 0));
  const tests = [...new Set(flags.map((one) => one?.length ?? 0))].filter((length) => length > 0);
  const means = Float64Array.from(rows, meanOfRuns);
  const errors = rows.map(({ runs }) => mean(runs.map(({ low, high }) => (high - low) / (2 * Z))));
  const [byImage, byError, bySeed] = [rng.child('images'), rng.child('errors'), rng.child('seeds')];
  const strataOf = (length: number) => rows[flags.findIndex((one) => one?.length === length)].runs[0].strata ?? 1;
  const one = (): Float64Array => {
    const chosen = new Map(tests.map((length) => [length, resample(length, strataOf(length), byImage)]));
    const scale = spread === undefined ? 0 : spread.deviation * studentScale(spread.degrees, bySeed);
    return Float64Array.from(rows, ({ runs }, row) => {
      const right = flags[row];
      const tested =
        right === undefined
          ? means[row] + errors[row] * byError.normal()
          : means[row] + 100 * (meanAt(right, chosen.get(right.length)!) - shares[row]);
      return tested + (scale / Math.sqrt(runs.length)) * bySeed.normal();
    });
  };
  return { rows, means, draws: Array.from({ length: draws }, one), ...(spread && { spread }) };
}

/** As many test images again, with repetition, of each of `strata` equal parts. */
function resample(length: number, strata: number, rng: Rng): Int32Array {
  const part = length / strata;
  const chosen = new Int32Array(length);
  for (let first = 0; first < length; first += part) {
    for (let at = first; at < first + part; at++) chosen[at] = first + rng.int(part);
  }
  return chosen;
}

/** The middle 95 % (or `level`) of some draws. */
export function middle(draws: Iterable<number>, level = 0.95): Interval {
  const sorted = Float64Array.from(draws).sort();
  const at = (q: number) => sorted[Math.round(q * (sorted.length - 1))];
  return { low: at((1 - level) / 2), high: at((1 + level) / 2) };
}

/**
 * How often each test image was right over a row's seeds; where some seeds were tested on fewer images, over the others.
 * Undefined where a run has no flags.
 */
function meanFlags(runs: readonly SeedScore[]): Float32Array | undefined {
  if (runs.some(({ correct }) => correct === undefined)) return undefined;
  const most = Math.max(...runs.map(({ correct }) => correct!.length));
  const whole = runs.filter(({ correct }) => correct!.length === most);
  return Float32Array.from({ length: most }, (_, image) => mean(whole.map(({ correct }) => correct![image])));
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

function mean(values: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += values[i];
  return sum / values.length;
}
