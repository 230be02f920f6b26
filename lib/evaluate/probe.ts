import { type ExtractFeatures, extractFeatures, type FeatureSet, type LabelledImages } from './features.js';
import { type Interval, wilsonInterval } from './interval.js';
import { type NearestNeighboursOptions, predictNearestNeighbours } from './knn.js';
import { accuracy, correctFlags, meanPerClassAccuracy } from './metrics.js';
import {
  type LambdaTrial,
  type LogisticRegressionSweep,
  predictClasses,
  sweepLogisticRegression,
} from './sweepLogisticRegression.js';

export interface ClassificationScores {
  /** Logistic regression on the test split, 0 … 1. */
  readonly accuracy: number;
  /** Wilson's 95 % interval of `accuracy`; it holds the encoder fixed, so it says nothing about other training seeds. */
  readonly interval: Interval;
  readonly meanPerClass: number;
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

/** Features of the three splits, kept between calls by whoever holds the object. */
export type FeatureCache = Map<'train' | 'validation' | 'test', FeatureSet>;

export type ClassificationOptions = NonNullable<Parameters<typeof sweepLogisticRegression>[2]> & {
  neighbours?: NearestNeighboursOptions;
};

/** A fitted sweep on one test set: shares in 0 … 1, and which rows it has right, [test count]. */
export function scoreClassifier(
  sweep: LogisticRegressionSweep,
  test: FeatureSet,
): Pick<ClassificationScores, 'accuracy' | 'interval' | 'meanPerClass' | 'correct'> {
  const predicted = predictClasses(sweep, test);
  const correct = correctFlags(predicted, test.labels);
  const right = correct.reduce((sum, flag) => sum + flag, 0);
  return {
    accuracy: right / test.count,
    interval: wilsonInterval(right, test.count),
    meanPerClass: meanPerClassAccuracy(predicted, test.labels, test.classes),
    correct,
  };
}

/** The fine-grained protocol (spec §5.2) and kNN on features already extracted. */
export async function evaluateFeatures(
  splits: { train: FeatureSet; validation: FeatureSet; test: FeatureSet },
  { neighbours, ...options }: ClassificationOptions = {},
): Promise<ClassificationScores> {
  const { train, validation, test } = splits;
  const sweep = await sweepLogisticRegression(train, validation, options);
  return {
    ...scoreClassifier(sweep, test),
    lambda: sweep.lambda,
    trials: sweep.trials,
    converged: sweep.classifier.converged,
    knn: accuracy(predictNearestNeighbours(train, test, neighbours), test.labels),
    counts: { train: train.count, validation: validation.count, test: test.count },
    width: train.width,
  };
}

/** Extracts features of three picture splits with a frozen encoder, then `evaluateFeatures`. */
export async function evaluateClassification(
  {
    extract,
    train,
    validation,
    test,
  }: { extract: ExtractFeatures; train: LabelledImages; validation: LabelledImages; test: LabelledImages },
  { cache = new Map(), ...options }: ClassificationOptions & { cache?: FeatureCache } = {},
): Promise<ClassificationScores> {
  const featuresOf = async (name: 'train' | 'validation' | 'test', images: LabelledImages) => {
    const features = cache.get(name) ?? (await extractFeatures(extract, images));
    cache.set(name, features);
    return features;
  };
  const splits = {
    train: await featuresOf('train', train),
    validation: await featuresOf('validation', validation),
    test: await featuresOf('test', test),
  };
  return evaluateFeatures(splits, options);
}
