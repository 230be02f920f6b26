import type { NamedTensors } from '../engine/step.js';
import { tf } from '../engine/tf.js';
import { standardise } from './standardise.js';

/** A linear layer that reads x̂, the plain standardised x; made by `foldNorm`. */
export interface FoldedLinear {
  /** [D, N]; every column sums to 0 */
  weight: tf.Tensor2D;
  /** [N] */
  bias: tf.Tensor1D;
  eps: number;
}

/**
 * Moves a LayerNorm's gain γ and bias β into the linear layer behind it, once a step instead of once a token:
 * (γ·x̂ + β)·W + b = x̂·(γ·W) + (b + β·W). The columns of γ·W are centred, which changes nothing since x̂ has mean 0, and
 * makes the gradient that reaches x̂ have mean 0 (see `normLinear`).
 *
 * @param scale multiplies the layer's result
 */
export function foldNorm(
  p: NamedTensors,
  norm: string,
  linear: string,
  { scale = 1, eps = 1e-6 }: { scale?: number; eps?: number } = {},
): FoldedLinear {
  const [width, columns] = p[`${linear}.weight`].shape;
  const matrix = tf.mul(p[`${linear}.weight`], scale);
  const gain = tf.mul(matrix, tf.reshape(p[`${norm}.weight`], [width, 1]));
  const shift = tf.matMul<tf.Tensor2D>(tf.reshape(p[`${norm}.bias`], [1, width]), matrix as tf.Tensor2D);
  return {
    weight: tf.sub(gain, tf.mean(gain, 0, true)) as tf.Tensor2D,
    bias: tf.add(tf.mul(p[`${linear}.bias`], scale), tf.reshape(shift, [columns])) as tf.Tensor1D,
    eps,
  };
}

/** The layer cut into layers of so many columns each. */
export function splitColumns({ weight, bias, eps }: FoldedLinear, columns: number[]): FoldedLinear[] {
  const weights = tf.split<tf.Tensor2D>(weight, columns, 1);
  return tf.split<tf.Tensor1D>(bias, columns).map((part, i) => ({ weight: weights[i], bias: part, eps }));
}

/**
 * LayerNorm and the linear layer behind it as one operation with one gradient. With g = dy·Wᵀ, whose rows have mean 0,
 * dx = (g − x̂·mean(g·x̂)) / √(variance + eps).
 *
 * x: [..., D] → [rows, N], leading axes flattened.
 */
export function normLinear(x: tf.Tensor, { weight, bias, eps }: FoldedLinear): tf.Tensor2D {
  const [width] = weight.shape;
  return tf.customGrad((input, matrix, offset, save) => {
    const w = matrix as tf.Tensor2D;
    const [standard, inverse] = standardise(tf.reshape(input as tf.Tensor, [-1, width]), eps);
    (save as unknown as tf.GradSaveFunc)([standard, inverse, w]);
    return {
      value: tf.add(tf.matMul(standard as tf.Tensor2D, w), offset as tf.Tensor),
      gradFunc: (dy, saved) => {
        const [s, r, w] = saved as [tf.Tensor2D, tf.Tensor2D, tf.Tensor2D];
        const g = tf.matMul(dy as tf.Tensor2D, w, false, true);
        const dx = tf.mul(tf.sub(g, tf.mul(s, tf.mean(tf.mul(g, s), -1, true))), r);
        return [tf.reshape(dx, x.shape), tf.matMul(s, dy as tf.Tensor2D, true), tf.sum(dy, 0)];
      },
    };
  })(x, weight, bias) as tf.Tensor2D;
}
