import { evaluateFeatures } from '../../../evaluate/evaluateClassification.js';
import { extractFeatures, type FeatureSet } from '../../../evaluate/features.js';
import { type Interval, wilsonInterval } from '../../../evaluate/interval.js';
import { linearProbe, PROBE_RATES } from '../../../evaluate/linearProbe.js';
import { type LinearClassifier, predictLogits } from '../../../evaluate/logisticRegression.js';
import { argmaxRows, correctFlags } from '../../../evaluate/metrics.js';
import { logSpacedLambdas } from '../../../evaluate/sweepLogisticRegression.js';
import { rng } from '../../../random/rng.js';
import { tierSettings } from '../../world/settings.js';
import { tierScenes } from '../evaluation.js';
import { openJudged } from '../judged.js';
import type { Protocol } from './protocol.js';

export interface ProbeMetrics {
  /** Table 13's probe: the rate chosen on validation by the last epoch, then scored on test. 0 … 1 */
  linear: { accuracy: number; interval: Interval; baseRate: number; validation: number };
  /** The fine-grained protocol on the same features. */
  logistic: { accuracy: number; interval: Interval; lambda: number };
  knn: { accuracy: number; interval: Interval };
  counts: { train: number; validation: number; test: number; classes: number };
}

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
      epochs: tier === 'smoke' ? 10 : 90,
      batch: tier === 'smoke' ? 32 : 256,
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
          const logistic = await evaluateFeatures(
            { train, validation, test },
            { lambdas: logSpacedLambdas(config.lambdas) },
          );
          const { epochs, batch } = config;
          const options = { rng: rng(seed, 'linear probe'), epochs, batch, every: epochs };
          const { last, classifiers } = await linearProbe(train, validation, options);
          const chosen = classifiers[PROBE_RATES.indexOf(last.baseRate as (typeof PROBE_RATES)[number])];
          const right = correctCount(chosen, test);
          const share = (count: number) => ({
            accuracy: count / test.count,
            interval: wilsonInterval(count, test.count),
          });
          return {
            linear: { ...share(right), baseRate: last.baseRate, validation: last.accuracy },
            logistic: { accuracy: logistic.accuracy, interval: logistic.interval, lambda: logistic.lambda },
            knn: share(Math.round(logistic.knn * test.count)),
            counts: { ...logistic.counts, classes: test.classes },
          };
        } finally {
          await release();
        }
      },
    };
  },
};

function correctCount(classifier: LinearClassifier, test: FeatureSet): number {
  const predicted = argmaxRows(predictLogits(classifier, test), test.classes);
  return correctFlags(predicted, test.labels).reduce((sum, flag) => sum + flag, 0);
}
