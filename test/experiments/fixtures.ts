import type { PlanEntry } from '../../lib/experiments/plan.js';
import { type ExperimentRecord, nameOfRun, type RunMetrics } from '../../lib/experiments/records.js';
import type { SuiteSettings } from '../../lib/experiments/run.js';
import { packFlags } from '../../lib/experiments/score.js';
import { experimentSettings, trainersOf } from '../../lib/experiments/settings.js';
import { hashOfRun, type RunSpec } from '../../lib/experiments/spec.js';
import { runRecord } from '../../lib/runs/record.js';

const smoke = experimentSettings('smoke');

/** A run of the smoke tier on real scenes, which need no generator: SimCLR, 4 steps. */
export function realSpec(seed = 0): RunSpec {
  return {
    images: { real: 'train', count: 32, concepts: 8, size: 32, seed: 1 },
    encoder: trainersOf(smoke).simclr,
    seed,
    scoring: smoke.scoring,
  };
}

export function planned(spec: RunSpec): PlanEntry {
  return { spec, metrics: ['probe'], hash: hashOfRun(spec), name: nameOfRun(spec), wantedBy: ['a test'], done: false };
}

export const suiteIn = (folder: string): SuiteSettings => ({
  tier: 'smoke',
  work: `${folder}/work`,
  results: `${folder}/results`,
  generator: 'none',
  workers: 1,
  checkpointEvery: 100,
  encodeOn: 'onnx',
});

/** A record as a run with this spec writes it, of numbers that are given. */
export function recordOf(
  spec: RunSpec,
  { correct, segmentation, generator }: { correct: Uint8Array; segmentation?: number; generator?: string },
): ExperimentRecord {
  const value = correct.reduce((sum, flag) => sum + flag, 0) / correct.length;
  const scored = { value, low: value - 0.1, high: value + 0.1 };
  const metrics: RunMetrics = {
    probe: { ...scored, test: correct.length, correct: packFlags(correct) },
    unseen: { ...scored, test: correct.length, correct: packFlags(correct) },
    kinds: { ...scored, test: correct.length, correct: packFlags(correct) },
    unnamed: { ...scored, test: correct.length, correct: packFlags(correct) },
    knn: value,
    tasks: ['one', 'two', 'three', 'four'].map((task) => ({ task, value: 0.5, low: 0.3, high: 0.7 })),
    average: 0.5,
    ...(segmentation !== undefined && { segmentation: { value: segmentation, low: 0, high: 1 } }),
    loss: 1,
    steps: 4,
    trainSeconds: 10,
    scoreSeconds: 5,
    trainedOn: 'onnx',
    encodedOn: 'onnx',
  };
  return runRecord({
    name: `experiments/${nameOfRun(spec)}`,
    tier: 'laptop',
    seed: spec.seed,
    config: spec,
    inputs: generator === undefined ? {} : { generator },
    metrics,
    seconds: 15,
  }) as ExperimentRecord;
}
