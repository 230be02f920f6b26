import type { Experiment, Metric } from '../experiment.js';
import { measureOf } from '../measure.js';
import type { ExperimentRecord } from '../records.js';
import { scoredRows } from '../results.js';
import type { ExperimentSettings } from '../settings.js';
import { allSettings } from './allSettings.js';
import { type SeedSpread, seedSpread } from './seedSpread.js';

/** What an experiment's seeds and test images can tell on one metric, known before it is run. */
export interface MetricPower {
  readonly metric: Metric;
  /** the difference that the definition asks to be decided, in points */
  readonly asked: number;
  /** half of the 95 % interval of a difference of two rows that is to be expected, in points */
  readonly half: number;
  readonly seeds: number;
  readonly test: number;
  /** of seeds, from the runs on record; where none was run twice, `ASSUMED_SPREAD` */
  readonly spread: SeedSpread;
  /** seeds a row with which `half` falls to `asked`; undefined where the test images alone are too few */
  readonly needed?: number;
}

/** Where no setting was run twice yet: what the first experiments' seeds differed by, 1.1 points, rounded up. */
export const ASSUMED_SPREAD: SeedSpread = { deviation: 1.5, degrees: 10 };

/**
 * The size of the differences that an experiment can decide: the test's error √(2 p (1 − p) / n) at p = ½, as if the two
 * rows were tested on different images (they are paired, so the true error is smaller), and the seeds' √(2 / k) σ.
 */
export function powerOf(
  { power }: Experiment,
  { settings, records }: { settings: ExperimentSettings; records: ReadonlyMap<string, ExperimentRecord> },
): MetricPower[] {
  const everything = allSettings(records.values());
  return (Object.entries(power.resolves) as [Metric, number][]).map(([metric, asked]) => {
    const spread = seedSpread(scoredRows(everything, metric, settings.scoring)) ?? ASSUMED_SPREAD;
    const { test } = measureOf(metric, settings.scoring);
    const images = metric === 'average' ? test * settings.scoring.tasks.names.length : test;
    // A segmented image counts for many pixels of few classes: measured, 300 images leave 1 point.
    const variance = metric === 'segmentation' ? (1.96 ** -2 * 300 * 2) / test : (100 ** 2 * 0.5) / images;
    const half = (seeds: number) =>
      studentQuantile(spread.degrees) * Math.sqrt(variance + (2 / seeds) * spread.deviation ** 2);
    const needed = Array.from({ length: MOST_SEEDS }, (_, at) => at + 1).find((seeds) => half(seeds) <= asked);
    return {
      metric,
      asked,
      half: half(power.seeds),
      seeds: power.seeds,
      test: images,
      spread,
      ...(needed !== undefined && { needed }),
    };
  });
}

const MOST_SEEDS = 64;

/** 97.5 % quantile of Student's t: the normal's, corrected to second order in 1/ν (Abramowitz & Stegun 26.7.5). */
function studentQuantile(degrees: number): number {
  const z = 1.959963984540054;
  return z + (z ** 3 + z) / (4 * degrees) + (5 * z ** 5 + 16 * z ** 3 + 3 * z) / (96 * degrees ** 2);
}

/** A line a metric, for people. */
export function powerInWords({ metric, asked, half, seeds, test, spread, needed }: MetricPower): string {
  const known = spread === ASSUMED_SPREAD ? 'assumed' : `measured with ${spread.degrees} degrees of freedom`;
  const enough =
    half <= asked
      ? 'enough'
      : needed === undefined
        ? 'not enough, whatever the seeds: more test images'
        : `not enough: ${needed} seeds would be`;
  return (
    `${metric}: ±${half.toFixed(1)} points expected (${seeds} ${seeds === 1 ? 'seed' : 'seeds'} of σ ${spread.deviation.toFixed(1)}, ${known}; ` +
    `${test} test images); ${asked} asked: ${enough}`
  );
}
