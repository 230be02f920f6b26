import type { NamedTensors } from '../engine/step.js';
import { tf } from '../engine/tf.js';
import { erfGate, gelu, hasPlainGelu } from './layers.js';
import { type FoldedLinear, foldNorm, normLinear } from './normLinear.js';

interface Linear {
  weight: tf.Tensor;
  bias: tf.Tensor;
}

/**
 * The weights of an MLP as `mlp` and `normMlp` read them. Where gradients are taken, the activation is g(s) = s·(1 + erf s):
 * GELU(z) = g(z/√2)/√2, and both factors 1/√2 are in the weights around it, once a step instead of once a token.
 */
export interface FoldedMlp<First = Linear> {
  first: First;
  second: Linear;
  activation: (x: tf.Tensor2D) => tf.Tensor2D;
}

/** `${name}.fc1` and `${name}.fc2` for `mlp`. */
export function foldMlp(p: NamedTensors, name: string): FoldedMlp {
  return fold(p, name, (scale) => ({
    weight: tf.mul(p[`${name}.fc1.weight`], scale),
    bias: tf.mul(p[`${name}.fc1.bias`], scale),
  }));
}

/** The same with the LayerNorm before it, for `normMlp`. */
export function foldNormMlp(p: NamedTensors, norm: string, name: string): FoldedMlp<FoldedLinear> {
  return fold(p, name, (scale) => foldNorm(p, norm, `${name}.fc1`, { scale }));
}

function fold<First>(p: NamedTensors, name: string, first: (scale: number) => First): FoldedMlp<First> {
  const plain = hasPlainGelu();
  const scale = plain ? 1 : Math.SQRT1_2;
  const second = { weight: tf.mul(p[`${name}.fc2.weight`], scale), bias: p[`${name}.fc2.bias`] };
  return { first: first(scale), second, activation: plain ? gelu : erfGate };
}

/** fc2(GELU(fc1(x))). x: [..., D] → [..., D]. */
export function mlp(x: tf.Tensor, { first, second, activation }: FoldedMlp): tf.Tensor {
  const rows = tf.reshape<tf.Rank.R2>(x, [-1, x.shape[x.rank - 1]]);
  return tf.reshape(apply(second, activation(apply(first, rows))), x.shape);
}

/** fc2(GELU(fc1(norm(x)))). x: [..., D] → [..., D]. */
export function normMlp(x: tf.Tensor, { first, second, activation }: FoldedMlp<FoldedLinear>): tf.Tensor {
  return tf.reshape(apply(second, activation(normLinear(x, first))), x.shape);
}

function apply({ weight, bias }: Linear, x: tf.Tensor2D): tf.Tensor2D {
  return tf.add(tf.matMul(x, weight as tf.Tensor2D), bias);
}
