export { CAPTION_SOURCES, type CaptionSourceName, captionsOfSource } from './captionSources.js';
export { EXPERIMENTS, experimentsNamed } from './definitions/index.js';
export {
  type Claim,
  type Experiment,
  type ExperimentRow,
  METRICS,
  type Metric,
  type Power,
  rowsOf,
  specOf,
} from './experiment.js';
export { generatorHash } from './imageSets.js';
export { type PlanEntry, planRuns } from './plan.js';
export { type ExperimentRecord, type RunMetrics, readRecords, recordsFolder } from './records.js';
export { type MeasuredRow, measuredRows, scoredRows, tableText } from './results.js';
export { type PlannedRun, type RunOptions, runExperiment, type SuiteSettings } from './run.js';
export { runSuite, type SuiteOutcome } from './runSuite.js';
export { type Scores, scoreEncoder, unpackFlags } from './score.js';
export { type ExperimentSettings, experimentSettings, shortLaptop, type Trainers, trainersOf } from './settings.js';
export {
  type GeneratedImages,
  hashOfRun,
  type ImageSpec,
  type RunSpec,
  type ScoringConfig,
} from './spec.js';
export * from './statistics/index.js';
