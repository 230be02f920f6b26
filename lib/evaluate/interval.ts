import type { Rng } from '../random/rng.js';
import type { Interval, Measured } from '../runs/measured.js';

/** Wilson's 95 % interval for a proportion; it stays inside 0 … 1 and is sound for small samples. */
export function wilsonInterval(successes: number, trials: number, { z = 1.959963984540054 } = {}): Interval {
  if (!(trials > 0 && successes >= 0 && successes <= trials)) {
    throw new RangeError(`wilsonInterval: 0 ≤ successes ≤ trials, trials > 0; found ${successes} of ${trials}`);
  }
  const p = successes / trials;
  const spread = 1 + (z * z) / trials;
  const centre = (p + (z * z) / (2 * trials)) / spread;
  const half = (z / spread) * Math.sqrt((p * (1 - p)) / trials + (z * z) / (4 * trials * trials));
  return { low: Math.max(0, centre - half), high: Math.min(1, centre + half) };
}

/** The share of flags that are set, with Wilson's interval. @param correct 1 where a row is right */
export function shareRight(correct: Uint8Array): Measured {
  const right = correct.reduce((sum, flag) => sum + flag, 0);
  return { value: right / correct.length, ...wilsonInterval(right, correct.length) };
}

/** An accuracy as records have it. */
export interface Told {
  readonly accuracy: number;
  readonly interval: Interval;
}

export const told = ({ value, low, high }: Measured): Told => ({ accuracy: value, interval: { low, high } });

/**
 * The share of scenes that are right where `each` scenes show the same picture: they stand or fall together, so pictures are
 * resampled. @param right how many scenes of each picture are right
 */
export function shareOfPictures(right: readonly number[], each: number, rng: Rng): Measured {
  const share = (rows: Int32Array) => rows.reduce((sum, row) => sum + right[row], 0) / (each * rows.length);
  return { value: share(Int32Array.from(right.keys())), ...bootstrapInterval(right.length, share, { rng }) };
}

/**
 * 95 % percentile interval of any statistic of the test rows, by resampling them. Resamples in which it is not defined (a
 * class without a row) are left out.
 *
 * @param statistic of the rows with these numbers, of which some may come twice
 */
export function bootstrapInterval(
  rows: number,
  statistic: (rows: Int32Array) => number,
  { rng, resamples = 1000, level = 0.95 }: { rng: Rng; resamples?: number; level?: number },
): Interval {
  const drawn: number[] = [];
  for (let b = 0; b < resamples; b++) {
    const value = statistic(Int32Array.from({ length: rows }, () => rng.int(rows)));
    if (Number.isFinite(value)) drawn.push(value);
  }
  if (drawn.length === 0) throw new RangeError('bootstrapInterval: the statistic is defined in no resample');
  drawn.sort((a, b) => a - b);
  const at = (q: number) => drawn[Math.round(q * (drawn.length - 1))];
  return { low: at((1 - level) / 2), high: at((1 + level) / 2) };
}

export interface PairedDifference extends Interval {
  /** mean(first) − mean(second) */
  readonly difference: number;
  /** Share of resamples in which the difference has not the sign found (ties count half). */
  readonly flips: number;
}

/**
 * 95 % percentile interval for the difference of two methods scored on the same test rows (correct flags, or any score
 * per row): rows are resampled in pairs, so what both find hard cancels.
 */
export function pairedBootstrap(
  first: ArrayLike<number>,
  second: ArrayLike<number>,
  { rng, resamples = 2000, level = 0.95 }: { rng: Rng; resamples?: number; level?: number },
): PairedDifference {
  const n = first.length;
  if (n === 0 || second.length !== n) {
    throw new RangeError(`pairedBootstrap: two equal, positive lengths needed, found ${n} and ${second.length}`);
  }
  const gaps = Float64Array.from({ length: n }, (_, i) => first[i] - second[i]);
  const difference = gaps.reduce((sum, gap) => sum + gap, 0) / n;
  const draws = new Float64Array(resamples);
  let flips = 0;
  for (let b = 0; b < resamples; b++) {
    let sum = 0;
    for (let i = 0; i < n; i++) sum += gaps[rng.int(n)];
    draws[b] = sum / n;
    if (sum === 0) flips += 0.5;
    else if (sum > 0 !== difference > 0) flips++;
  }
  draws.sort();
  const at = (q: number) => draws[Math.min(resamples - 1, Math.max(0, Math.round(q * (resamples - 1))))];
  return { difference, low: at((1 - level) / 2), high: at((1 + level) / 2), flips: flips / resamples };
}
