import type { Rng } from '../../random/rng.js';
import type { Interval } from '../../runs/measured.js';
import { IGNORED } from './maskedImages.js';

/** Per class: pixels rightly predicted, pixels predicted, pixels there are. [classes, 3] */
export type RegionCounts = Uint32Array;

/** Counts of one picture; what the exact mask ignores is left out. */
export function countRegions(predicted: Uint8Array, exact: Uint8Array, classes: number): RegionCounts {
  if (predicted.length !== exact.length) {
    throw new RangeError(`countRegions: equal lengths needed, found ${predicted.length} and ${exact.length}`);
  }
  const counts = new Uint32Array(3 * classes);
  exact.forEach((label, i) => {
    if (label === IGNORED) return;
    const found = predicted[i];
    if (found === label) counts[3 * label]++;
    counts[3 * found + 1]++;
    counts[3 * label + 2]++;
  });
  return counts;
}

export interface SegmentationScores {
  /** mean over the classes that occur, in the masks or in the predictions, of intersection over union; 0 … 1 */
  readonly meanIou: number;
  /** 95 % of resamplings of the test pictures lie in it; it holds the run fixed */
  readonly interval: Interval;
  /** by class; null where a class never occurs */
  readonly classIou: readonly (number | null)[];
  readonly pixelAccuracy: number;
}

/** Intersection over union from all pictures together (not a mean of pictures), as is usual for Table 7's numbers. */
export function scoreRegions(
  pictures: readonly RegionCounts[],
  { rng, resamples = 1000 }: { rng: Rng; resamples?: number },
): SegmentationScores {
  const total = sumCounts(pictures);
  const classIou = iouOf(total);
  const draws = Float64Array.from({ length: resamples }, () =>
    meanOf(iouOf(sumCounts(pictures.map(() => rng.choice(pictures))))),
  ).sort();
  const at = (share: number) => draws[Math.round(share * (resamples - 1))];
  const column = (offset: number) => total.reduce((sum, n, i) => (i % 3 === offset ? sum + n : sum), 0);
  return {
    meanIou: meanOf(classIou),
    interval: { low: at(0.025), high: at(0.975) },
    classIou,
    pixelAccuracy: column(0) / column(2),
  };
}

function sumCounts(pictures: readonly RegionCounts[]): Float64Array {
  const sum = new Float64Array(pictures[0].length);
  for (const counts of pictures) for (let i = 0; i < sum.length; i++) sum[i] += counts[i];
  return sum;
}

function iouOf(counts: Float64Array): (number | null)[] {
  return Array.from({ length: counts.length / 3 }, (_, c) => {
    const [both, predicted, exact] = counts.subarray(3 * c, 3 * c + 3);
    const union = predicted + exact - both;
    return union === 0 ? null : both / union;
  });
}

function meanOf(values: readonly (number | null)[]): number {
  const known = values.filter((value) => value !== null);
  return known.reduce((sum, value) => sum + value, 0) / known.length;
}
