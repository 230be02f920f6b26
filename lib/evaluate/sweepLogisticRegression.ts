import type { Arithmetic } from './crossEntropy.js';
import { concatenateFeatures, type FeatureSet, requireSameSpace } from './features.js';
import type { LbfgsOptions } from './lbfgs.js';
import {
  fitLogisticRegression,
  type LogisticRegressionFit,
  predictLogits,
  prepareLogisticRegression,
} from './logisticRegression.js';
import { accuracy, argmaxRows, meanAveragePrecision11 } from './metrics.js';
import { fitStandardisation, type Standardisation, standardise } from './standardise.js';

/**
 * λ = 1/C, log-spaced from 1e-6 to 1e5: 45 values in the paper (spec §5.2). Nine of them (1e-6, …, about 25 apart) bracket
 * the optimum well enough for small sets, at a fifth of the time.
 */
export function logSpacedLambdas(count = 45): number[] {
  if (!(Number.isInteger(count) && count >= 2)) throw new RangeError(`logSpacedLambdas: count ≥ 2, found ${count}`);
  return Array.from({ length: count }, (_, i) => 10 ** (-6 + (11 * i) / (count - 1)));
}

export interface LambdaTrial {
  readonly lambda: number;
  /** Score on the validation split. */
  readonly score: number;
  readonly iterations: number;
  readonly converged: boolean;
}

export interface LogisticRegressionSweep {
  /** In the order of `lambdas`. */
  readonly trials: readonly LambdaTrial[];
  /** The λ of the first best validation score. */
  readonly lambda: number;
  /** Refitted on train + validation; takes features standardised by `standardisation`. */
  readonly classifier: LogisticRegressionFit;
  readonly standardisation: Standardisation;
}

/** A score of predicted classes against labels, higher is better: `accuracy` or `meanPerClassAccuracy`. */
export type ClassScore = (predicted: Int32Array, labels: Int32Array, classes: number) => number;

/**
 * The paper's fine-grained protocol (spec §5.2): features standardised by the train split, λ chosen on the validation
 * split, then standardised again and refitted on both. Every fit starts at zero and stops by the same rule, so that the
 * λ chosen suits the final fit: `relativeDecrease` (here 1e-4 of the loss an iteration) and `tolerance`.
 */
export async function sweepLogisticRegression(
  train: FeatureSet,
  validation: FeatureSet,
  {
    lambdas = logSpacedLambdas(),
    score = accuracy,
    arithmetic = 'engine',
    relativeDecrease = 1e-4,
    onTrial,
    ...lbfgs
  }: {
    lambdas?: readonly number[];
    score?: ClassScore;
    arithmetic?: Arithmetic;
    onTrial?: (done: number) => void;
  } & LbfgsOptions = {},
): Promise<LogisticRegressionSweep> {
  requireSameSpace('sweepLogisticRegression', train, validation);
  if (lambdas.length === 0) throw new RangeError('sweepLogisticRegression: no lambda to try');
  const statistics = fitStandardisation(train);
  const prepared = await prepareLogisticRegression(standardise(train, statistics), { arithmetic });
  const held = standardise(validation, statistics);

  const trials: LambdaTrial[] = [];
  for (const lambda of lambdas) {
    const fit = await prepared.fit({ lambda, relativeDecrease, ...lbfgs });
    const { iterations, converged } = fit;
    trials.push({ lambda, score: scoreOf(predictLogits(fit, held), held, score), iterations, converged });
    onTrial?.(trials.length);
  }
  await prepared.release();
  let best = 0;
  trials.forEach((trial, i) => {
    if (trial.score > trials[best].score) best = i;
  });

  const both = concatenateFeatures(train, validation);
  const standardisation = fitStandardisation(both);
  const classifier = await fitLogisticRegression(standardise(both, standardisation), {
    lambda: lambdas[best],
    arithmetic,
    relativeDecrease,
    ...lbfgs,
  });
  return { trials, lambda: lambdas[best], classifier, standardisation };
}

/** `score` of the classes that logits choose; where rows may be of several classes, mean average precision (VOC2007). */
function scoreOf(logits: Float64Array, { labels, classes, relevant }: FeatureSet, score: ClassScore): number {
  if (relevant) return meanAveragePrecision11(logits, relevant, classes);
  return score(argmaxRows(logits, classes), labels, classes);
}

/** Logits [count, classes] of a sweep's classifier for raw (not yet standardised) features. */
export function sweepLogits(
  { classifier, standardisation }: Pick<LogisticRegressionSweep, 'classifier' | 'standardisation'>,
  set: FeatureSet,
): Float64Array {
  return predictLogits(classifier, standardise(set, standardisation));
}

/** Classes a sweep's classifier predicts for raw (not yet standardised) features. */
export function predictClasses(
  sweep: Pick<LogisticRegressionSweep, 'classifier' | 'standardisation'>,
  set: FeatureSet,
): Int32Array {
  return argmaxRows(sweepLogits(sweep, set), sweep.classifier.classes);
}
