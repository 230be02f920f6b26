import type { FeatureSet } from './features.js';
import { shareRight, type Told, told } from './interval.js';
import { type NearestNeighboursOptions, predictNearestNeighbours } from './knn.js';
import { correctFlags } from './metrics.js';
import {
  type LambdaTrial,
  type LogisticRegressionSweep,
  predictClasses,
  sweepLogisticRegression,
} from './sweepLogisticRegression.js';

export type ProbeOptions = NonNullable<Parameters<typeof sweepLogisticRegression>[2]> & {
  neighbours?: NearestNeighboursOptions;
};

/** Classifiers of features, fitted once. Each says which rows of a test set it has right: [test count] of 0 and 1. */
export interface Probe {
  readonly sweep: LogisticRegressionSweep;
  /** logistic regression */
  logistic(test: FeatureSet): Uint8Array;
  /** weighted nearest neighbours among the training rows */
  knn(test: FeatureSet): Uint8Array;
}

/** The fine-grained protocol (spec §5.2): λ is chosen on `validation`, and the last fit is on both sets; and kNN. */
export async function fitProbe(
  train: FeatureSet,
  validation: FeatureSet,
  { neighbours, ...options }: ProbeOptions = {},
): Promise<Probe> {
  const sweep = await sweepLogisticRegression(train, validation, options);
  return {
    sweep,
    logistic: (test) => correctFlags(predictClasses(sweep, test), test.labels),
    knn: (test) => correctFlags(predictNearestNeighbours(train, test, neighbours), test.labels),
  };
}

/** Logistic regression on the test split. Its interval holds the encoder fixed, so it says nothing about other training seeds. */
export interface ClassificationScores extends Told {
  /** The λ chosen on the validation split. */
  readonly lambda: number;
  readonly trials: readonly LambdaTrial[];
  /** Whether the final fit met its stopping rule. */
  readonly converged: boolean;
  /** Weighted nearest neighbours, train → test, 0 … 1. */
  readonly knn: number;
  readonly counts: { readonly train: number; readonly validation: number; readonly test: number };
  readonly width: number;
  /** [test count], 1 where the logistic regression is right: what `pairedBootstrap` compares. */
  readonly correct: Uint8Array;
}

/** `fitProbe`, asked of one test set. */
export async function evaluateFeatures(
  { train, validation, test }: { train: FeatureSet; validation: FeatureSet; test: FeatureSet },
  options: ProbeOptions = {},
): Promise<ClassificationScores> {
  const { sweep, logistic, knn } = await fitProbe(train, validation, options);
  const correct = logistic(test);
  return {
    ...told(shareRight(correct)),
    correct,
    lambda: sweep.lambda,
    trials: sweep.trials,
    converged: sweep.classifier.converged,
    knn: shareRight(knn(test)).value,
    counts: { train: train.count, validation: validation.count, test: test.count },
    width: train.width,
  };
}
