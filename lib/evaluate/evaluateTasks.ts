import { rng } from '../random/rng.js';
import { sha256 } from '../runs/files.js';
import type { Interval, Measured } from '../runs/measured.js';
import { progress } from '../runs/progress.js';
import { cachedFeatures, hashOfImages } from './featureCache.js';
import {
  concatenateFeatures,
  type ExtractFeatures,
  extractFeatures,
  type FeatureSet,
  type LabelledImages,
} from './features.js';
import { type FewShotOptions, type FewShotScore, fewShot } from './fewShot.js';
import { bootstrapInterval, shareRight } from './interval.js';
import { predictNearestNeighbours } from './knn.js';
import { argmaxRows, correctFlags, meanAveragePrecision11, meanPerClassAccuracy } from './metrics.js';
import { logSpacedLambdas, sweepLogisticRegression, sweepLogits } from './sweepLogisticRegression.js';
import type { EvaluationTask, OpenTask, TaskMetric, TaskSplits } from './tasks/task.js';

/** A frozen encoder as tasks see it. */
export interface TaskEncoder {
  readonly name: string;
  /** SHA-256 of what it computes with: the key of its features in the cache. */
  readonly hash: string;
  /** How pictures come to it, in words: part of the key. */
  readonly transform: string;
  /** Side of its pictures. */
  readonly size: number;
  readonly extract: ExtractFeatures;
}

export interface TaskScore {
  readonly task: string;
  readonly group: EvaluationTask['group'];
  readonly mirrors: string;
  readonly metric: TaskMetric;
  readonly classes: number;
  /** On test, 0 … 1. */
  readonly value: number;
  /** 95 %: Wilson's for accuracy, else of 400 resamples of the test rows. The encoder is held fixed. */
  readonly interval: Interval;
  /** Weighted nearest neighbours, train → test: accuracy; null where pictures are of several classes. */
  readonly knn: Measured | null;
  /** Where it was asked for: episodes of pictures of train and test together; null where fewer classes than `ways` have enough. */
  readonly fewShot?: FewShotScore | null;
  readonly lambda: number;
  readonly counts: { readonly train: number; readonly validation: number; readonly test: number };
  /** What tells the pictures of its splits from all others, where they say so (`LabelledImages.identity`). */
  readonly pictures?: string;
  /** Where it was asked for: 1 a test picture where the class that the classifier is surest of is one of the picture's. */
  readonly correct?: Uint8Array;
}

/** A task that could not be done, and why. */
export interface SkippedTask {
  readonly task: string;
  readonly skipped: string;
}

export interface TaskOptions {
  /** Which pictures: see `OpenTask`. */
  share?: number;
  sizes?: OpenTask['sizes'];
  drawings?: OpenTask['drawings'];
  seed?: number;
  /** Pictures as they are taken: a place to keep what is drawn, say. As they come by default. */
  prepare?: (images: LabelledImages) => Promise<LabelledImages>;
  /** Also which test pictures were named rightly, for paired comparisons. */
  flags?: boolean;
  /** Folder for features; nothing is kept without one. */
  cache?: string;
  lambdas?: readonly number[];
  /** Also few-shot classification, with these settings. */
  fewShot?: Omit<FewShotOptions, 'rng'>;
  signal?: AbortSignal;
  /** Told of each task that is skipped. */
  onSkip?: (skipped: SkippedTask) => void;
}

/**
 * The paper's transfer protocol (spec §5.2) on a list of tasks: frozen features, logistic regression with λ chosen on
 * validation by the task's own metric, refitted on train and validation, scored on test; and nearest neighbours.
 */
export async function evaluateTasks(
  encoder: TaskEncoder,
  tasks: readonly EvaluationTask[],
  options: TaskOptions = {},
): Promise<(TaskScore | SkippedTask)[]> {
  const rows: (TaskScore | SkippedTask)[] = [];
  for (const task of tasks) {
    options.signal?.throwIfAborted();
    const reason = task.missing?.();
    if (reason === undefined) {
      rows.push(await evaluateTask(encoder, task, options));
      continue;
    }
    const skipped = { task: task.name, skipped: reason };
    options.onSkip?.(skipped);
    rows.push(skipped);
  }
  return rows;
}

async function evaluateTask(
  encoder: TaskEncoder,
  task: EvaluationTask,
  {
    share,
    sizes,
    drawings,
    seed = 0,
    prepare = async (images) => images,
    flags = false,
    cache,
    lambdas = logSpacedLambdas(),
    fewShot: episodes,
    signal,
  }: TaskOptions,
): Promise<TaskScore> {
  const splits = await task.open({ size: encoder.size, share, sizes, drawings, seed });
  const features = async (split: keyof typeof splits) => {
    signal?.throwIfAborted();
    return featuresOf(encoder, await prepare(splits[split]), {
      cache,
      label: `${encoder.name}, ${task.name}, ${split}`,
    });
  };
  const [train, validation, test] = [await features('train'), await features('validation'), await features('test')];
  const bar = progress({
    label: `${encoder.name}, ${task.name}, sweep`,
    total: lambdas.length,
    unit: 'fits',
    waitsFor: 'a logistic regression',
  });
  const score = task.metric === 'mean per class' ? meanPerClassAccuracy : undefined;
  const sweep = await sweepLogisticRegression(train, validation, { lambdas, score, onTrial: () => bar.tick() });
  bar.done();
  const { name, group, mirrors, metric } = task;
  const logits = sweepLogits(sweep, test);
  return {
    task: name,
    group,
    mirrors,
    metric,
    classes: test.classes,
    ...scoreWithInterval(logits, test, { metric, seed }),
    knn: test.relevant ? null : shareRight(correctFlags(predictNearestNeighbours(train, test), test.labels)),
    ...(episodes && {
      fewShot: await fewShotOf(concatenateFeatures(train, test), { ...episodes, rng: rng(seed, 'few-shot') }),
    }),
    lambda: sweep.lambda,
    counts: { train: train.count, validation: validation.count, test: test.count },
    ...identityOf(splits),
    ...(flags && { correct: surestIsRight(logits, test) }),
  };
}

/** A hash of the identities of a task's splits; nothing where one has none. */
export function identityOf(splits: TaskSplits): { pictures?: string } {
  const identities = [splits.train, splits.validation, splits.test].map(({ identity }) => identity);
  return identities.includes(undefined) ? {} : { pictures: sha256(JSON.stringify(identities)) };
}

async function fewShotOf(set: FeatureSet, options: FewShotOptions): Promise<FewShotScore | null> {
  const { ways = 5, shots = 5, queries = 15 } = options;
  const rows = new Int32Array(set.classes);
  for (const label of set.labels) rows[label]++;
  const usable = rows.filter((count) => count >= shots + queries).length;
  return set.relevant || usable < ways ? null : fewShot(set, options);
}

async function featuresOf(
  { extract, hash, transform }: TaskEncoder,
  images: LabelledImages,
  { cache, label }: { cache?: string; label: string },
): Promise<FeatureSet> {
  const make = async () => {
    const bar = progress({ label, total: images.length, unit: 'pictures', waitsFor: 'pictures and the encoder' });
    let before = 0;
    const onBatch = (done: number) => {
      bar.tick(done - before);
      before = done;
    };
    const set = await extractFeatures(extract, images, { onBatch });
    bar.done();
    return set;
  };
  if (!cache) return make();
  return cachedFeatures(cache, { encoder: hash, images: await hashOfImages(images), transform }, make);
}

function surestIsRight(logits: Float64Array, { labels, classes, relevant }: FeatureSet): Uint8Array {
  const predicted = argmaxRows(logits, classes);
  if (!relevant) return Uint8Array.from(correctFlags(predicted, labels));
  return Uint8Array.from(predicted, (choice, row) => relevant[row * classes + choice]);
}

function scoreWithInterval(
  logits: Float64Array,
  { labels, classes, relevant, count }: FeatureSet,
  { metric, seed }: { metric: TaskMetric; seed: number },
): { value: number; interval: Interval } {
  if (metric === 'accuracy') {
    const { value, ...interval } = shareRight(correctFlags(argmaxRows(logits, classes), labels));
    return { value, interval };
  }
  const predicted = argmaxRows(logits, classes);
  const statistic = (rows: Int32Array) =>
    relevant
      ? meanAveragePrecision11(
          take(logits, rows, classes, (n) => new Float64Array(n)),
          take(relevant, rows, classes, (n) => new Uint8Array(n)),
          classes,
        )
      : meanPerClassAccuracy(
          take(predicted, rows, 1, (n) => new Int32Array(n)),
          take(labels, rows, 1, (n) => new Int32Array(n)),
          classes,
        );
  const value = statistic(Int32Array.from({ length: count }, (_, i) => i));
  return { value, interval: bootstrapInterval(count, statistic, { rng: rng(seed, 'bootstrap'), resamples: 400 }) };
}

function take<T extends Float64Array | Int32Array | Uint8Array>(
  from: T,
  rows: Int32Array,
  width: number,
  make: (length: number) => T,
): T {
  const out = make(rows.length * width);
  rows.forEach((row, i) => {
    out.set(from.subarray(row * width, (row + 1) * width), i * width);
  });
  return out;
}
