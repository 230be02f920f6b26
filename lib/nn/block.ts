import type { NamedTensors } from '../engine/compile.js';
import { tf } from '../engine/tf.js';
import { attention } from './attention.js';
import { gelu, layerNorm, linear } from './layers.js';

/**
 * Pre-norm transformer block: x + attn(norm1(x)), then x + mlp(norm2(x)), with GELU.
 *
 * x: [B, T, D] → [B, T, D]. `keep`: [2, B], what the attention and the MLP branch of each sample are multiplied by, that
 * is 0 or 1/(1 − rate) for stochastic depth (see `dropPathKeep`); leave it out to keep every branch.
 */
export function transformerBlock(
  p: NamedTensors,
  name: string,
  x: tf.Tensor,
  { heads, keep }: { heads: number; keep?: tf.Tensor },
): tf.Tensor {
  const batch = x.shape[0];
  const scales = keep && tf.unstack(keep).map((row) => tf.reshape(row, [batch, 1, 1]));
  const branch = (y: tf.Tensor, i: number) => (scales ? tf.mul(y, scales[i]) : y);

  const mixed = attention(p, `${name}.attn`, layerNorm(p, `${name}.norm1`, x), { heads });
  const attended = tf.add(x, branch(mixed, 0));
  const hidden = gelu(linear(p, `${name}.mlp.fc1`, layerNorm(p, `${name}.norm2`, attended)));
  return tf.add(attended, branch(linear(p, `${name}.mlp.fc2`, hidden), 1));
}
