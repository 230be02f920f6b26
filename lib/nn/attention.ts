import type { NamedTensors } from '../engine/compile.js';
import { tf } from '../engine/tf.js';
import { linear } from './layers.js';

/**
 * Multi-head self-attention with one fused projection `${name}.qkv` [D, 3D] and the output projection `${name}.proj`.
 *
 * x: [B, T, D] → [B, T, D]; D must be a multiple of `heads`.
 */
export function attention(p: NamedTensors, name: string, x: tf.Tensor, { heads }: { heads: number }): tf.Tensor {
  const [batch, tokens, width] = x.shape as [number, number, number];
  const size = width / heads;
  const parts = tf.split(linear(p, `${name}.qkv`, x), 3, 2);
  // [B, T, D] → [B·heads, T, size]
  const [q, k, v] = parts.map((part) =>
    tf.reshape<tf.Rank.R3>(tf.transpose(tf.reshape(part, [batch, tokens, heads, size]), [0, 2, 1, 3]), [
      batch * heads,
      tokens,
      size,
    ]),
  );
  // Scaling q instead of the scores touches T·size numbers rather than T·T.
  const weights = tf.softmax(tf.matMul(tf.mul(q, 1 / Math.sqrt(size)), k, false, true), -1);
  const mixed = tf.reshape(tf.matMul(weights, v), [batch, heads, tokens, size]);
  return linear(p, `${name}.proj`, tf.reshape(tf.transpose(mixed, [0, 2, 1, 3]), [batch, tokens, width]));
}
