import { extractFeatures } from '../../../evaluate/features.js';
import { shareRight, type Told, told } from '../../../evaluate/interval.js';
import { linearProbe, PROBE_RATES } from '../../../evaluate/linearProbe.js';
import { predictLogits } from '../../../evaluate/logisticRegression.js';
import { argmaxRows, correctFlags } from '../../../evaluate/metrics.js';
import { fitProbe } from '../../../evaluate/probe.js';
import { logSpacedLambdas } from '../../../evaluate/sweepLogisticRegression.js';
import { rng } from '../../../random/rng.js';
import { type Tier, tierSettings } from '../../world/settings.js';
import { openJudged } from '../judged.js';
import { tierScenes } from '../tierScenes.js';
import type { Protocol } from './protocol.js';

export interface ProbeMetrics {
  /** Table 13's probe: the rate chosen on validation by the last epoch, then scored on test. 0 … 1 */
  linear: Told & { baseRate: number; validation: number };
  /** The fine-grained protocol on the same features. */
  logistic: Told & { lambda: number };
  knn: Told;
  counts: { train: number; validation: number; test: number; classes: number };
}

const TRAINING: Record<Tier, { epochs: number; batch: number }> = {
  smoke: { epochs: 10, batch: 32 },
  laptop: { epochs: 90, batch: 256 },
};

/**
 * Table 13's linear probe and, beside it, logistic regression and nearest neighbours on the tier's real scenes, which stand
 * for ImageNet. The paper compares rates on the set that it reports; here validation scenes choose, and test scenes are
 * scored once.
 */
export const probe: Protocol<ProbeMetrics> = {
  name: 'probe',
  mirrors: 'Tables 6 (ImageNet) and 13',
  needsBackbone: false,
  at(tier) {
    const { concepts, size, probe: counts } = tierSettings(tier);
    const config = {
      concepts,
      size,
      counts,
      rates: PROBE_RATES,
      ...TRAINING[tier],
      lambdas: 5,
    };
    return {
      config,
      async run(judged, { seed }) {
        const scenes = await tierScenes(tier, { seed });
        const { extract, release } = await openJudged(judged);
        try {
          const train = await extractFeatures(extract, scenes.train);
          const validation = await extractFeatures(extract, scenes.validation);
          const test = await extractFeatures(extract, scenes.test);
          const lambdas = logSpacedLambdas(config.lambdas);
          const { sweep, logistic, knn } = await fitProbe(train, validation, { lambdas });
          const { epochs, batch } = config;
          const options = { rng: rng(seed, 'linear probe'), epochs, batch, every: epochs };
          const { last, classifiers } = await linearProbe(train, validation, options);
          const chosen = classifiers[PROBE_RATES.indexOf(last.baseRate as (typeof PROBE_RATES)[number])];
          const predicted = argmaxRows(predictLogits(chosen, test), test.classes);
          const share = (correct: Uint8Array) => told(shareRight(correct));
          return {
            linear: {
              ...share(correctFlags(predicted, test.labels)),
              baseRate: last.baseRate,
              validation: last.accuracy,
            },
            logistic: { ...share(logistic(test)), lambda: sweep.lambda },
            knn: share(knn(test)),
            counts: { train: train.count, validation: validation.count, test: test.count, classes: test.classes },
          };
        } finally {
          await release();
        }
      },
    };
  },
};
