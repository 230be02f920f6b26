import type { SkippedTask, TaskScore } from '../../../evaluate/evaluateTasks.js';
import { logSpacedLambdas } from '../../../evaluate/sweepLogisticRegression.js';
import { tasksNamed } from '../../../evaluate/tasks/tasksNamed.js';
import type { Tier } from '../../world/settings.js';
import { transferJudged } from '../judged.js';
import type { Protocol } from './protocol.js';

export interface TransferMetrics {
  rows: (TaskScore | SkippedTask)[];
}

/** Frozen here: records say by which tasks they were judged, and a new task leaves them valid. */
const FIFTEEN_TASKS = [
  'aircraft and boats',
  'vehicles',
  'styles',
  'plants',
  'mammals',
  'places',
  'things',
  'dishes',
  'many objects',
  'unnamed concepts',
  'counting',
  'distance',
  'digits',
  'fashion',
  'turning',
];

const SIZES: Record<Tier, Record<'share' | 'lambdas' | 'queries' | 'episodes', number> & { tasks: string[] }> = {
  smoke: { tasks: ['vehicles', 'many objects', 'digits'], share: 0.1, lambdas: 3, queries: 3, episodes: 20 },
  laptop: { tasks: FIFTEEN_TASKS, share: 1, lambdas: 9, queries: 15, episodes: 200 },
};

/**
 * Tables 6 and 9: nine fine-grained tasks and six of unseen concepts on frozen features, logistic regression and nearest
 * neighbours; and 5-way 5-shot classification (StableRep's Table 3). Nine values of λ instead of 45: they are at most 24
 * apart, and the optimum is flat.
 */
export const transfer: Protocol<TransferMetrics> = {
  name: 'transfer',
  mirrors: 'Tables 6 and 9',
  needsBackbone: false,
  at(tier) {
    const { queries, episodes, ...sizes } = SIZES[tier];
    const config = { ...sizes, fewShot: { ways: 5, shots: 5, queries, episodes, method: 'logistic' as const } };
    return {
      config,
      async run(judged, { seed, signal, cache }) {
        const tasks = tasksNamed(config.tasks);
        const { share, fewShot } = config;
        const lambdas = logSpacedLambdas(config.lambdas);
        return { rows: await transferJudged(judged, tasks, { share, lambdas, fewShot, seed, signal, cache }) };
      },
    };
  },
};
