import { type CompiledStep, compile } from '../engine/compile.js';
import { type HostTensors, hostTensor, zeros } from '../engine/host.js';
import { tf } from '../engine/tf.js';
import { InputError } from '../errors.js';
import type { Rng } from '../random/rng.js';
import { type FeatureSet, requireSameSpace } from './features.js';
import { predictLogits } from './logisticRegression.js';
import { accuracy, argmaxRows } from './metrics.js';
import { fitStandardization, standardize } from './standardize.js';

/** Base learning rates of Table 13; peak = base · batch / 256. */
export const PROBE_RATES = [0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5] as const;

export interface LinearProbeOptions {
  rng: Rng;
  baseRates?: readonly number[];
  /** 1 024 in Table 13, for 1.28M pictures; a small set needs more steps an epoch. */
  batch?: number;
  epochs?: number;
  momentum?: number;
  /** Normalise each column without affine terms (spec 5.1); with the statistics of the training features, which are fixed. */
  normalize?: boolean;
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
    normalize = true,
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
  const statistics = fitStandardization(given[0]);
  const views = normalize ? given.map((view) => standardize(view, statistics)) : given;
  const held = normalize ? standardize(validation, statistics) : validation;
  const peaks = baseRates.map((rate) => (rate * batch) / 256);
  const step = await compileProbe({ peaks, width, classes, batch, momentum, rng });

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
      const scores = scoreAll(step.state(), held, baseRates.length);
      curves.forEach((curve, r) => {
        curve.epochs.push(epoch + 1);
        curve.accuracy.push(scores[r]);
      });
    }
  }
  await step.release();
  const points = curves.map((curve) =>
    curve.epochs.map((epoch, i) => ({ baseRate: curve.baseRate, epoch, accuracy: curve.accuracy[i] })),
  );
  return { curves, last: highest(points.map((list) => list[list.length - 1])), best: highest(points.flat()) };
}

/** All classifiers as one matrix [width, rates · classes], so that a step is two matrix products. */
function compileProbe({
  peaks,
  width,
  classes,
  batch,
  momentum,
  rng,
}: {
  peaks: number[];
  width: number;
  classes: number;
  batch: number;
  momentum: number;
  rng: Rng;
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
      const logits = tf.add(tf.matMul(x as tf.Tensor2D, state.weight as tf.Tensor2D), state.bias);
      const probabilities = tf.softmax(tf.reshape(logits, [batch, rates, classes]));
      const residual = tf.mul(tf.reshape(tf.sub(probabilities, target), [batch, all]), 1 / batch) as tf.Tensor2D;
      const rate = tf.mul(state.rate, decay);
      // SGD with momentum as PyTorch has it: v ← μv + g, w ← w − rate·v.
      const weightVelocity = tf.add(
        tf.mul(state.weightVelocity, momentum),
        tf.matMul(x as tf.Tensor2D, residual, true),
      );
      const biasVelocity = tf.add(tf.mul(state.biasVelocity, momentum), tf.sum(residual, 0));
      const next = {
        weight: tf.sub(state.weight, tf.mul(weightVelocity, rate)),
        bias: tf.sub(state.bias, tf.mul(biasVelocity, rate)),
        weightVelocity,
        biasVelocity,
      };
      return { state: next, outputs: {} };
    },
    {
      state: {
        weight: hostTensor(weight, [width, all]),
        bias: zeros([all]),
        weightVelocity: zeros([width, all]),
        biasVelocity: zeros([all]),
      },
      constants: { rate: hostTensor(rateOfColumn, [all]) },
      inputs: { x: { shape: [batch, width] }, target: { shape: [batch, 1, classes] }, decay: { shape: [] } },
      name: 'linear probe',
    },
  );
}

function scoreAll({ weight, bias }: HostTensors, held: FeatureSet, rates: number): number[] {
  const { width, classes } = held;
  const all = rates * classes;
  return Array.from({ length: rates }, (_, r) => {
    const own = Float64Array.from(
      { length: width * classes },
      (_, i) => weight.data[Math.floor(i / classes) * all + r * classes + (i % classes)],
    );
    const ownBias = Float64Array.from(bias.data.subarray(r * classes, (r + 1) * classes));
    const logits = predictLogits({ weight: own, bias: ownBias, width, classes }, held);
    return accuracy(argmaxRows(logits, classes), held.labels);
  });
}

/** The first of the highest. */
function highest(scores: readonly ProbeScore[]): ProbeScore {
  return scores.reduce((top, score) => (score.accuracy > top.accuracy ? score : top));
}
