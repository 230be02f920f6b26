import { isDeepStrictEqual } from 'node:util';
import type { Metric } from './experiment.js';
import type { ScoringConfig } from './spec.js';

/**
 * What a metric follows from beside the encoder: the part of a `ScoringConfig` that its record must agree with. So a new
 * metric, or another size of one, leaves the other numbers of old records valid.
 */
export function measureOf(metric: Metric, scoring: ScoringConfig): { settings: object; test: number } {
  const { concepts, size, seed, probe, unnamed, tasks, segmentation } = scoring;
  const { test: known, unseen, ...classifier } = probe;
  const scenes = { concepts, size, seed, ...classifier };
  switch (metric) {
    case 'probe':
      return { settings: scenes, test: known };
    case 'unseen':
    case 'kinds':
      return { settings: scenes, test: unseen };
    case 'unnamed':
      return { settings: { size, seed, ...unnamed, test: undefined }, test: unnamed?.test ?? 0 };
    case 'average': {
      const test = 'test' in tasks ? tasks.test : 600 * tasks.share; // of a task's own sizes
      return { settings: { size, seed, ...tasks, test: undefined }, test };
    }
    case 'segmentation':
      return {
        settings: { concepts, size, seed, train: segmentation.train, steps: segmentation.steps },
        test: segmentation.test,
      };
  }
}

/**
 * Whether a number that was measured by `had` answers the question that `asked` puts. It may have had more or fewer test
 * images: a shorter test is the beginning of a longer one.
 */
export function measuresAlike(metric: Metric, had: ScoringConfig, asked: ScoringConfig): boolean {
  return isDeepStrictEqual(measureOf(metric, had).settings, measureOf(metric, asked).settings);
}
