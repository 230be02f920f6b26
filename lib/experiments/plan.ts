import { type Experiment, type Metric, rowsOf, specOf } from './experiment.js';
import { answers, type ExperimentRecord, nameOfRun } from './records.js';
import type { PlannedRun } from './run.js';
import type { ExperimentSettings } from './settings.js';
import { hashOfRun, type RunSpec } from './spec.js';

/** A run of a plan, and whether its record is there. */
export interface PlanEntry extends PlannedRun {
  readonly hash: string;
  /** see `nameOfRun` */
  readonly name: string;
  /** ids of the experiments that need it */
  readonly wantedBy: readonly string[];
  readonly done: boolean;
}

/**
 * The runs of some experiments, each once, in the order in which they should be done: all rows with the first seed, in the
 * order of the experiments, then all with the next.
 */
export function planRuns(
  experiments: readonly Experiment[],
  {
    settings,
    seeds,
    records,
    generator,
  }: {
    settings: ExperimentSettings;
    seeds: readonly number[];
    records: ReadonlyMap<string, ExperimentRecord>;
    generator: string;
  },
): PlanEntry[] {
  const runs = new Map<string, { spec: RunSpec; metrics: Set<Metric>; wantedBy: Set<string> }>();
  for (const seed of seeds) {
    for (const experiment of experiments) {
      for (const row of rowsOf(experiment, settings)) {
        const spec = specOf(row, seed, settings);
        const hash = hashOfRun(spec);
        const run = runs.get(hash) ?? { spec, metrics: new Set(), wantedBy: new Set() };
        for (const metric of experiment.metrics) run.metrics.add(metric);
        run.wantedBy.add(experiment.id);
        runs.set(hash, run);
      }
    }
  }
  return [...runs].map(([hash, { spec, metrics, wantedBy }]) => ({
    hash,
    name: nameOfRun(spec, hash),
    spec,
    metrics: [...metrics],
    wantedBy: [...wantedBy],
    done: answers(records.get(hash), { generator, metrics: [...metrics], scoring: settings.scoring }),
  }));
}
