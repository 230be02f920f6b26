import { compile } from '../engine/compile.js';
import type { CompiledStep } from '../engine/step.js';
import { tf } from '../engine/tf.js';
import { InputError } from '../errors.js';
import type { Rng } from '../random/rng.js';
import { type HostTensors, hostTensor, zeros } from '../runs/hostTensor.js';
import { type FeatureSet, requireSameSpace } from './features.js';
import { type LinearClassifier, predictLogits } from './logisticRegression.js';
import { accuracy, argmaxRows } from './metrics.js';
import { fitStandardisation, standardise } from './standardise.js';

/** Base learning rates of Table 13 (the published code has 0.3 too); peak = base · batch / 256. */
export const PROBE_RATES = [0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5] as const;

/**
 * 'batch': BatchNorm without affine terms as the published code has it (eps 1e-6, spec 5.1): the batch's statistics in
 * training, running averages (momentum 0.1) in validation. 'fixed': every column by the mean and deviation of the whole
 * training split, which are known, since features are frozen. 'none': as the paper's text has it, which names no norm.
 */
export type ProbeNorm = 'batch' | 'fixed' | 'none';
const NORM_EPSILON = 1e-6;
const NORM_MOMENTUM = 0.1;

export interface LinearProbeOptions {
  rng: Rng;
  baseRates?: readonly number[];
  /** 1 024 in Table 13, for 1.28M pictures; a small set needs more steps an epoch. */
  batch?: number;
  epochs?: number;
  momentum?: number;
  normalise?: ProbeNorm;
  /** Validated after every so many epochs, and after the last. */
  every?: number;
}

export interface ProbeCurve {
  readonly baseRate: number;
  /** Finished epochs at each validation. */
  readonly epochs: readonly number[];
  readonly accuracy: readonly number[];
}

export interface ProbeScore {
  readonly baseRate: number;
  readonly epoch: number;
  readonly accuracy: number;
}

export interface LinearProbeResult {
  readonly curves: readonly ProbeCurve[];
  /** Best rate at the last epoch. */
  readonly last: ProbeScore;
  /** Best rate at its best epoch: what the released ViT-L log reports as 83.0. Optimistic, since it picks twice. */
  readonly best: ProbeScore;
  /** The classifiers at the end, one a rate: they take features as they were given. */
  readonly classifiers: readonly LinearClassifier[];
}

/**
 * The ImageNet linear probe (Table 13, spec 5.1) on features: one softmax classifier a learning rate, all trained at once
 * on the same batches with SGD, no weight decay, cosine to 0. `train` may hold several augmented views of the same rows
 * (same order); epoch e takes view e mod their number. The paper augments every picture afresh; one view is our thin form.
 *
 * Rates are compared on `validation`; give a set apart from the test set to report a number free of that choice.
 */
export async function linearProbe(
  train: FeatureSet | readonly FeatureSet[],
  validation: FeatureSet,
  {
    rng,
    baseRates = PROBE_RATES,
    batch = 256,
    epochs = 90,
    momentum = 0.9,
    normalise = 'fixed',
    every = 10,
  }: LinearProbeOptions,
): Promise<LinearProbeResult> {
  const given = 'count' in train ? [train] : train;
  const { count, width, classes } = given[0];
  for (const set of [...given, validation]) requireSameSpace('linearProbe', given[0], set);
  if (batch > count || given.some((view) => view.count !== count)) {
    throw new InputError({
      where: 'linearProbe',
      expected: `views of equal length, at least a batch (${batch}) of rows each`,
      found: given.map((view) => `${view.count} rows`).join(', '),
      fix: 'lower `batch`, and extract every view from the whole split',
    });
  }
  const statistics = fitStandardisation(given[0]);
  const views = normalise === 'fixed' ? given.map((view) => standardise(view, statistics)) : given;
  const held = normalise === 'fixed' ? standardise(validation, statistics) : validation;
  const peaks = baseRates.map((rate) => (rate * batch) / 256);
  const step = await compileProbe({ peaks, width, classes, batch, momentum, rng, normalise });

  const steps = Math.floor(count / batch);
  const rows = Array.from({ length: count }, (_, i) => i);
  const curves = baseRates.map((baseRate) => ({ baseRate, epochs: [] as number[], accuracy: [] as number[] }));
  for (let epoch = 0; epoch < epochs; epoch++) {
    const view = views[epoch % views.length];
    const order = rng.child('epoch', epoch).shuffle(rows);
    for (let s = 0; s < steps; s++) {
      const x = new Float32Array(batch * width);
      const target = new Float32Array(batch * classes);
      for (let b = 0; b < batch; b++) {
        const row = order[s * batch + b];
        x.set(view.features.subarray(row * width, (row + 1) * width), b * width);
        target[b * classes + view.labels[row]] = 1;
      }
      const decay = 0.5 * (1 + Math.cos((Math.PI * (epoch * steps + s)) / (epochs * steps)));
      await step.run({
        x: hostTensor(x, [batch, width]),
        target: hostTensor(target, [batch, 1, classes]),
        decay: hostTensor(new Float32Array([decay]), []),
      });
    }
    if ((epoch + 1) % every === 0 || epoch + 1 === epochs) {
      const scores = scoreAll(await step.state(), held);
      curves.forEach((curve, r) => {
        curve.epochs.push(epoch + 1);
        curve.accuracy.push(scores[r]);
      });
    }
  }
  const { mean, scale } = normalise === 'fixed' ? statistics : identity(width);
  const classifiers = classifiersOf(await step.state(), { width, classes }).map((one) => withNorm(one, mean, scale));
  await step.release();
  const points = curves.map((curve) =>
    curve.epochs.map((epoch, i) => ({ baseRate: curve.baseRate, epoch, accuracy: curve.accuracy[i] })),
  );
  return {
    curves,
    last: highest(points.map((list) => list[list.length - 1])),
    best: highest(points.flat()),
    classifiers,
  };
}

/** All classifiers as one matrix [width, rates · classes], so that a step is two matrix products. */
function compileProbe({
  peaks,
  width,
  classes,
  batch,
  momentum,
  rng,
  normalise,
}: {
  peaks: number[];
  width: number;
  classes: number;
  batch: number;
  momentum: number;
  rng: Rng;
  normalise: ProbeNorm;
}): Promise<CompiledStep> {
  const rates = peaks.length;
  const all = rates * classes;
  // Every rate starts from the same weights, N(0, 0.01²).
  const start = rng.child('weights').normals(width * classes);
  const weight = Float32Array.from(
    { length: width * all },
    (_, i) => 0.01 * start[Math.floor(i / all) * classes + (i % classes)],
  );
  const rateOfColumn = Float32Array.from({ length: all }, (_, i) => peaks[Math.floor(i / classes)]);
  return compile(
    (state, { x, target, decay }) => {
      const { rows, running } = normalise === 'batch' ? batchNorm(x as tf.Tensor2D, state) : { rows: x, running: {} };
      const logits = tf.add(tf.matMul(rows as tf.Tensor2D, state.weight as tf.Tensor2D), state.bias);
      const probabilities = tf.softmax(tf.reshape(logits, [batch, rates, classes]));
      const residual = tf.mul(tf.reshape(tf.sub(probabilities, target), [batch, all]), 1 / batch) as tf.Tensor2D;
      const rate = tf.mul(state.rate, decay);
      // SGD with momentum as PyTorch has it: v ← μv + g, w ← w − rate·v.
      const weightVelocity = tf.add(
        tf.mul(state.weightVelocity, momentum),
        tf.matMul(rows as tf.Tensor2D, residual, true),
      );
      const biasVelocity = tf.add(tf.mul(state.biasVelocity, momentum), tf.sum(residual, 0));
      const next = {
        weight: tf.sub(state.weight, tf.mul(weightVelocity, rate)),
        bias: tf.sub(state.bias, tf.mul(biasVelocity, rate)),
        weightVelocity,
        biasVelocity,
        ...running,
      };
      return { state: next, outputs: {} };
    },
    {
      state: {
        weight: hostTensor(weight, [width, all]),
        bias: zeros([all]),
        weightVelocity: zeros([width, all]),
        biasVelocity: zeros([all]),
        ...(normalise === 'batch' && { mean: zeros([width]), variance: hostTensor(ones(width), [width]) }),
      },
      constants: { rate: hostTensor(rateOfColumn, [all]) },
      inputs: { x: { shape: [batch, width] }, target: { shape: [batch, 1, classes] }, decay: { shape: [] } },
      name: 'linear probe',
    },
  );
}

/** Rows by the batch's own mean and biased variance; running averages take the unbiased one, as in PyTorch. */
function batchNorm(x: tf.Tensor2D, state: Record<string, tf.Tensor>) {
  const count = x.shape[0];
  const mean = tf.mean(x, 0);
  const centred = tf.sub(x, mean);
  const variance = tf.mean(tf.square(centred), 0);
  const average = (before: tf.Tensor, now: tf.Tensor) =>
    tf.add(tf.mul(before, 1 - NORM_MOMENTUM), tf.mul(now, NORM_MOMENTUM));
  return {
    rows: tf.div(centred, tf.sqrt(tf.add(variance, NORM_EPSILON))),
    running: {
      mean: average(state.mean, mean),
      variance: average(state.variance, tf.mul(variance, count / (count - 1))),
    },
  };
}

/** The classifier of each rate; a running norm is folded into its weights. */
function classifiersOf(
  { weight, bias, mean, variance }: HostTensors,
  { width, classes }: Pick<FeatureSet, 'width' | 'classes'>,
): LinearClassifier[] {
  const all = bias.data.length;
  const scale = variance && Float64Array.from(variance.data as Float32Array, (v) => Math.sqrt(v + NORM_EPSILON));
  return Array.from({ length: all / classes }, (_, r) => {
    const own = Float64Array.from(
      { length: width * classes },
      (_, i) => weight.data[Math.floor(i / classes) * all + r * classes + (i % classes)],
    );
    const ownBias = Float64Array.from(bias.data.subarray(r * classes, (r + 1) * classes));
    const classifier = { weight: own, bias: ownBias, width, classes };
    return scale ? withNorm(classifier, Float64Array.from(mean.data as Float32Array), scale) : classifier;
  });
}

/** The classifier of (x − mean) / scale as one of x. */
function withNorm(
  { weight, bias, width, classes }: LinearClassifier,
  mean: Float64Array,
  scale: Float64Array,
): LinearClassifier {
  const own = weight.map((w, i) => w / scale[Math.floor(i / classes)]);
  const ownBias = bias.slice();
  for (let j = 0; j < width; j++) for (let c = 0; c < classes; c++) ownBias[c] -= mean[j] * own[j * classes + c];
  return { weight: own, bias: ownBias, width, classes };
}

const ones = (length: number) => new Float32Array(length).fill(1);
const identity = (width: number) => ({ mean: new Float64Array(width), scale: new Float64Array(width).fill(1) });

function scoreAll(state: HostTensors, held: FeatureSet): number[] {
  return classifiersOf(state, held).map((classifier) =>
    accuracy(argmaxRows(predictLogits(classifier, held), held.classes), held.labels),
  );
}

/** The first of the highest. */
function highest(scores: readonly ProbeScore[]): ProbeScore {
  return scores.reduce((top, score) => (score.accuracy > top.accuracy ? score : top));
}
