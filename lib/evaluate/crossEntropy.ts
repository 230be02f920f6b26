import { compile } from '../engine/compile.js';
import { tf } from '../engine/tf.js';
import { hostTensor } from '../runs/hostTensor.js';
import { multiplyTransposed, transposed } from './multiplyTransposed.js';

/** 'float64': plain loops, exact, for small problems. 'engine': float32 on ONNX Runtime, for large ones. */
export type Arithmetic = 'float64' | 'engine';

/** 'softmax': one class a row. 'sigmoid': classes are told apart one by one, each against the rest. */
export type Link = 'softmax' | 'sigmoid';

/** Mean cross-entropy of a linear classifier and its gradients: weight [k, d], bias [k]. Sigmoids: summed over classes. */
export type CrossEntropy = (
  weight: Float64Array,
  bias: Float64Array,
) => Promise<{ loss: number; weightGradient: Float64Array | Float32Array; biasGradient: Float64Array | Float32Array }>;

/** What is fixed while a classifier is fitted. */
export interface ClassifiedRows {
  /** [n, d] */
  readonly x: Float64Array;
  /** [n, k]: 1 where the row is of the class */
  readonly target: Uint8Array;
  readonly link: Link;
  readonly n: number;
  readonly d: number;
  readonly k: number;
}

/** The loss over fixed rows, as a function of the classifier. Release it when done. */
export async function openCrossEntropy(
  rows: ClassifiedRows,
  arithmetic: Arithmetic,
): Promise<{ crossEntropy: CrossEntropy; release: () => Promise<void> }> {
  return arithmetic === 'engine' ? openOnEngine(rows) : openInLoops(rows);
}

function openInLoops({ x, target, link, n, d, k }: ClassifiedRows) {
  const xT = transposed(x, n, d);
  // Classes are rows, so that every inner loop runs along memory.
  const targetT = Uint8Array.from({ length: k * n }, (_, i) => target[(i % n) * k + Math.floor(i / n)]);
  const logits = new Float64Array(k * n);
  const weightGradient = new Float64Array(k * d);
  const biasGradient = new Float64Array(k);
  const lossOf = link === 'softmax' ? softmaxLoss : sigmoidLoss;
  const crossEntropy: CrossEntropy = async (weight, bias) => {
    multiplyTransposed(weight, x, logits, { m: k, n, depth: d });
    for (let i = 0; i < k * n; i++) logits[i] += bias[Math.floor(i / n)];
    const loss = lossOf(logits, targetT, { k, n }) / n;
    // What were logits are now residuals.
    multiplyTransposed(logits, xT, weightGradient, { m: k, n: d, depth: n });
    for (let i = 0; i < k * d; i++) weightGradient[i] /= n;
    for (let c = 0; c < k; c++) {
      let sum = 0;
      for (let i = 0; i < n; i++) sum += logits[c * n + i];
      biasGradient[c] = sum / n;
    }
    return { loss, weightGradient, biasGradient };
  };
  return { crossEntropy, release: async () => {} };
}

async function openOnEngine({ x, target, link, n, d, k }: ClassifiedRows) {
  const lossOf = link === 'softmax' ? softmaxOfEngine : sigmoidOfEngine;
  const step = await compile(
    (fixed, { weight, bias }) => {
      const rows = fixed.x as tf.Tensor2D;
      const logits = tf.add(tf.matMul(rows, weight as tf.Tensor2D, false, true), bias) as tf.Tensor2D;
      const { each, residual } = lossOf(logits, fixed.target as tf.Tensor2D);
      return {
        state: {},
        outputs: { each, weightGradient: tf.matMul(residual, rows, true, false), biasGradient: tf.sum(residual, 0) },
      };
    },
    {
      inputs: { weight: { shape: [k, d] }, bias: { shape: [k] } },
      constants: { x: hostTensor(new Float32Array(x), [n, d]), target: hostTensor(new Float32Array(target), [n, k]) },
      name: 'cross-entropy',
    },
  );
  const crossEntropy: CrossEntropy = async (weight, bias) => {
    const outputs = await step.run({
      weight: hostTensor(new Float32Array(weight), [k, d]),
      bias: hostTensor(new Float32Array(bias), [k]),
    });
    const [weightGradient, biasGradient] = [outputs.weightGradient.data, outputs.biasGradient.data] as Float32Array[];
    for (let i = 0; i < k * d; i++) weightGradient[i] /= n;
    for (let c = 0; c < k; c++) biasGradient[c] /= n;
    // Summed here, in float64: a line search compares losses that hardly differ.
    let loss = 0;
    for (const one of outputs.each.data as Float32Array) loss += one;
    return { loss: loss / n, weightGradient, biasGradient };
  };
  return { crossEntropy, release: () => step.release() };
}

/** Loss of each row [n] and its derivative by the logits [n, k]. */
function softmaxOfEngine(logits: tf.Tensor2D, target: tf.Tensor2D) {
  const logarithms = tf.logSoftmax(logits);
  const residual = tf.sub(tf.exp(logarithms), target) as tf.Tensor2D;
  return { each: tf.neg(tf.sum(tf.mul(logarithms, target), 1)), residual };
}

function sigmoidOfEngine(logits: tf.Tensor2D, target: tf.Tensor2D) {
  const residual = tf.sub(tf.sigmoid(logits), target) as tf.Tensor2D;
  // max(z, 0) − z·t + log(1 + exp(−|z|)) overflows nowhere.
  const rest = tf.log(tf.add(tf.exp(tf.neg(tf.abs(logits))), 1));
  return { each: tf.sum(tf.add(tf.sub(tf.relu(logits), tf.mul(logits, target)), rest), 1), residual };
}

/** Logits [k, n] become softmax − target in place; returns the summed cross-entropy. */
function softmaxLoss(logits: Float64Array, target: Uint8Array, { k, n }: { k: number; n: number }): number {
  const peak = new Float64Array(n).fill(Number.NEGATIVE_INFINITY);
  const total = new Float64Array(n);
  let loss = 0;
  for (let c = 0; c < k; c++) {
    for (let i = 0; i < n; i++) if (logits[c * n + i] > peak[i]) peak[i] = logits[c * n + i];
  }
  for (let c = 0; c < k; c++) {
    for (let i = 0; i < n; i++) {
      const at = c * n + i;
      if (target[at]) loss += peak[i] - logits[at];
      logits[at] = Math.exp(logits[at] - peak[i]);
      total[i] += logits[at];
    }
  }
  for (let i = 0; i < n; i++) loss += Math.log(total[i]);
  for (let c = 0; c < k; c++) {
    for (let i = 0; i < n; i++) logits[c * n + i] = logits[c * n + i] / total[i] - target[c * n + i];
  }
  return loss;
}

/** Logits [k, n] become sigmoid − target in place; returns the summed cross-entropy. */
function sigmoidLoss(logits: Float64Array, target: Uint8Array): number {
  let loss = 0;
  for (let i = 0; i < logits.length; i++) {
    const z = logits[i];
    loss += Math.max(z, 0) - z * target[i] + Math.log1p(Math.exp(-Math.abs(z)));
    logits[i] = 1 / (1 + Math.exp(-z)) - target[i];
  }
  return loss;
}
