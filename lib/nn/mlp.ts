import type { NamedTensors } from '../engine/compile.js';
import { tf } from '../engine/tf.js';
import { erfGate } from './layers.js';
import { type FoldedLinear, foldNorm, normLinear } from './normLinear.js';

interface Linear<W = tf.Tensor> {
  weight: W;
  bias: tf.Tensor;
}

/**
 * The weights of an MLP as `mlp` and `normMlp` read them: GELU(z) = g(z/√2)/√2 with g(s) = s·(1 + erf s), and both
 * factors 1/√2 are in the weights around it, once a step instead of once a token.
 */
export interface FoldedMlp<First = Linear> {
  first: First;
  second: Linear;
}

/** `${name}.fc1` and `${name}.fc2` for `mlp`. */
export function foldMlp(p: NamedTensors, name: string): FoldedMlp {
  const scaled = (key: string) => tf.mul(p[key], Math.SQRT1_2);
  return { first: { weight: scaled(`${name}.fc1.weight`), bias: scaled(`${name}.fc1.bias`) }, second: second(p, name) };
}

/** The same with the LayerNorm before it, for `normMlp`. */
export function foldNormMlp(p: NamedTensors, norm: string, name: string): FoldedMlp<FoldedLinear> {
  return { first: foldNorm(p, norm, `${name}.fc1`, { scale: Math.SQRT1_2 }), second: second(p, name) };
}

function second(p: NamedTensors, name: string): Linear {
  return { weight: tf.mul(p[`${name}.fc2.weight`], Math.SQRT1_2), bias: p[`${name}.fc2.bias`] };
}

/** fc2(GELU(fc1(x))). x: [..., D] → [..., D]. */
export function mlp(x: tf.Tensor, { first, second }: FoldedMlp): tf.Tensor {
  const rows = tf.reshape<tf.Rank.R2>(x, [-1, x.shape[x.rank - 1]]);
  return tf.reshape(apply(second, erfGate(apply(first, rows))), x.shape);
}

/** fc2(GELU(fc1(norm(x)))). x: [..., D] → [..., D]. */
export function normMlp(x: tf.Tensor, { first, second }: FoldedMlp<FoldedLinear>): tf.Tensor {
  return tf.reshape(apply(second, erfGate(normLinear(x, first))), x.shape);
}

function apply({ weight, bias }: Linear, x: tf.Tensor): tf.Tensor {
  return tf.add(tf.matMul(x, weight), bias);
}
