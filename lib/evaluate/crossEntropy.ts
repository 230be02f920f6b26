import { compile } from '../engine/compile.js';
import { hostTensor } from '../engine/host.js';
import { tf } from '../engine/tf.js';
import { multiplyTransposed } from './multiplyTransposed.js';

/** 'float64': plain loops, exact, for small problems. 'engine': float32 on ONNX Runtime, for large ones. */
export type Arithmetic = 'float64' | 'engine';

/** Mean softmax cross-entropy of a linear classifier and its gradients: weight [k, d], bias [k]. */
export type CrossEntropy = (
  weight: Float64Array,
  bias: Float64Array,
) => Promise<{ loss: number; weightGradient: Float64Array | Float32Array; biasGradient: Float64Array | Float32Array }>;

/** x: [n, d], xT: [d, n], labels: [n] in 0 … k − 1. */
export interface ClassifiedRows {
  readonly x: Float64Array;
  readonly xT: Float64Array;
  readonly labels: Int32Array;
  readonly n: number;
  readonly d: number;
  readonly k: number;
}

/** The loss over fixed rows, as a function of the classifier. Release it when done. */
export async function openCrossEntropy(
  rows: ClassifiedRows,
  arithmetic: Arithmetic,
): Promise<{ crossEntropy: CrossEntropy; release: () => Promise<void> }> {
  if (arithmetic === 'engine') return openOnEngine(rows);
  const { x, xT, labels, n, d, k } = rows;
  const logits = new Float64Array(k * n);
  const weightGradient = new Float64Array(k * d);
  const biasGradient = new Float64Array(k);
  return {
    async crossEntropy(weight, bias) {
      multiplyTransposed(weight, x, logits, { m: k, n, depth: d });
      const loss = softmaxResiduals(logits, bias, labels, k, n, biasGradient) / n;
      multiplyTransposed(logits, xT, weightGradient, { m: k, n: d, depth: n });
      for (let i = 0; i < k * d; i++) weightGradient[i] /= n;
      return { loss, weightGradient, biasGradient };
    },
    async release() {},
  };
}

async function openOnEngine({ x, labels, n, d, k }: ClassifiedRows) {
  const target = new Float32Array(n * k);
  labels.forEach((label, i) => {
    target[i * k + label] = 1;
  });
  const step = await compile(
    (fixed, { weight, bias }) => {
      const rows = fixed.x as tf.Tensor2D;
      const logits = tf.add(tf.matMul(rows, weight as tf.Tensor2D, false, true), bias);
      const centred = tf.sub(logits, tf.max(logits, 1, true));
      const exponentials = tf.exp(centred);
      const totals = tf.sum(exponentials, 1, true);
      const residual = tf.sub(tf.div(exponentials, totals), fixed.target) as tf.Tensor2D;
      const each = tf.sub(tf.log(totals), tf.sum(tf.mul(centred, fixed.target), 1, true));
      const outputs = {
        loss: tf.mean(each),
        weightGradient: tf.mul(tf.matMul(residual, rows, true, false), 1 / n),
        biasGradient: tf.mean(residual, 0),
      };
      return { state: {}, outputs };
    },
    {
      inputs: { weight: { shape: [k, d] }, bias: { shape: [k] } },
      constants: { x: hostTensor(Float32Array.from(x), [n, d]), target: hostTensor(target, [n, k]) },
      name: 'cross-entropy',
    },
  );
  const crossEntropy: CrossEntropy = async (weight, bias) => {
    const { loss, weightGradient, biasGradient } = await step.run({
      weight: hostTensor(Float32Array.from(weight), [k, d]),
      bias: hostTensor(Float32Array.from(bias), [k]),
    });
    return {
      loss: loss.data[0],
      weightGradient: weightGradient.data as Float32Array,
      biasGradient: biasGradient.data as Float32Array,
    };
  };
  return { crossEntropy, release: () => step.release() };
}

/**
 * Logits [k, n] become softmax − one-hot in place; returns the summed cross-entropy and writes the mean residual of each
 * class into `biasGradient`. Classes are rows, so that every inner loop runs along memory.
 */
function softmaxResiduals(
  logits: Float64Array,
  bias: Float64Array,
  labels: Int32Array,
  k: number,
  n: number,
  biasGradient: Float64Array,
): number {
  const peak = new Float64Array(n).fill(Number.NEGATIVE_INFINITY);
  const total = new Float64Array(n);
  for (let c = 0; c < k; c++) {
    for (let i = 0; i < n; i++) {
      const logit = logits[c * n + i] + bias[c];
      logits[c * n + i] = logit;
      if (logit > peak[i]) peak[i] = logit;
    }
  }
  let loss = 0;
  for (let i = 0; i < n; i++) loss += peak[i] - logits[labels[i] * n + i];
  for (let c = 0; c < k; c++) {
    for (let i = 0; i < n; i++) {
      const e = Math.exp(logits[c * n + i] - peak[i]);
      logits[c * n + i] = e;
      total[i] += e;
    }
  }
  for (let i = 0; i < n; i++) loss += Math.log(total[i]);
  for (let c = 0; c < k; c++) for (let i = 0; i < n; i++) logits[c * n + i] /= total[i];
  for (let i = 0; i < n; i++) logits[labels[i] * n + i] -= 1;
  for (let c = 0; c < k; c++) {
    let sum = 0;
    for (let i = 0; i < n; i++) sum += logits[c * n + i];
    biasGradient[c] = sum / n;
  }
  return loss;
}
