import { wilsonInterval } from '../../../lib/evaluate/index.js';
import {
  type Experiment,
  type ExperimentRecord,
  type ExperimentSettings,
  rowsOf,
  specOf,
} from '../../../lib/experiments/index.js';
import { packFlags } from '../../../lib/experiments/score.js';
import { hashOfRun } from '../../../lib/experiments/spec.js';
import { type Rng, rng } from '../../../lib/random/rng.js';
import { hashOfConfig } from '../../../lib/runs/record.js';

/** Made-up records of an experiment's rows, by hash: `chance` of a right answer on each test image, null for no run. */
export function fakeRecords(
  experiment: Experiment,
  {
    settings,
    seeds = [0, 1],
    test = 400,
    generator = 'a'.repeat(64),
    chance,
  }: {
    settings: ExperimentSettings;
    seeds?: readonly number[];
    test?: number;
    generator?: string;
    chance: (label: string, seed: number) => number | null;
  },
): Map<string, ExperimentRecord> {
  const records = new Map<string, ExperimentRecord>();
  for (const row of rowsOf(experiment, settings)) {
    for (const seed of seeds) {
      const right = chance(row.label, seed);
      if (right === null) continue;
      const config = specOf(row, seed, settings);
      const configHash = hashOfConfig(config);
      const name = `${row.label}-s${seed}-${configHash.slice(0, 8)}`.replaceAll(/[^\w-]+/g, '-');
      const stream = rng(seed, 'fake record', row.label);
      records.set(hashOfRun(config), {
        name: `experiments/${name}`,
        tier: settings.tier,
        seed,
        config,
        configHash,
        inputs: 'real' in row.images ? {} : { generator },
        metrics: metricsOf(right, test, stream, experiment.metrics.includes('segmentation')),
        seconds: 1,
        finished: '2026-01-01T00:00:00.000Z',
        code: { version: '0.0.0' },
      } as unknown as ExperimentRecord);
    }
  }
  return records;
}

function metricsOf(chance: number, test: number, stream: Rng, segmentation: boolean) {
  const score = (count: number) => {
    const correct = Uint8Array.from({ length: count }, () => Number(stream.bernoulli(chance)));
    const right = correct.reduce((sum, flag) => sum + flag, 0);
    return { value: right / count, ...wilsonInterval(right, count), correct };
  };
  const tested = () => {
    const { correct, ...scored } = score(test);
    return { ...scored, test, correct: packFlags(correct) };
  };
  const tasks = ['mammals', 'vehicles'].map((task) => {
    const { correct: _, ...scored } = score(200);
    return { task, ...scored };
  });
  return {
    probe: tested(),
    unseen: tested(),
    kinds: tested(),
    unnamed: tested(),
    knn: chance / 2,
    tasks,
    average: (tasks[0].value + tasks[1].value) / 2,
    ...(segmentation && { segmentation: { value: chance, low: chance - 0.02, high: chance + 0.02 } }),
    loss: 1,
    steps: 10,
    trainSeconds: 1,
    scoreSeconds: 1,
  };
}
