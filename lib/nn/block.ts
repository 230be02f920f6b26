import type { NamedTensors } from '../engine/step.js';
import { tf } from '../engine/tf.js';
import { attend, attendTo } from './attention.js';
import { linear } from './layers.js';
import { type FoldedMlp, foldNormMlp, normMlp } from './mlp.js';
import { type FoldedLinear, foldNorm, normLinear, splitColumns } from './normLinear.js';

/** The weights of a transformer block as it reads them: norms folded into the layers behind them, once a step. */
export interface FoldedBlock {
  qkv: FoldedLinear;
  proj: NamedTensors;
  mlp: FoldedMlp<FoldedLinear>;
}

/** Takes some of the tokens, [B, T, D] → [B, t, D]. */
export type PickTokens = (x: tf.Tensor3D) => tf.Tensor;

export function foldBlock(p: NamedTensors, name: string): FoldedBlock {
  return {
    qkv: foldNorm(p, `${name}.norm1`, `${name}.attn.qkv`),
    proj: { 'proj.weight': p[`${name}.attn.proj.weight`], 'proj.bias': p[`${name}.attn.proj.bias`] },
    mlp: foldNormMlp(p, `${name}.norm2`, `${name}.mlp`),
  };
}

/**
 * Pre-norm transformer block: x + attn(norm1(x)), then x + mlp(norm2(x)), with GELU.
 *
 * x: [B, T, D] → [B, T, D]. `keep`: [2, B], what the attention and the MLP branch of each sample are multiplied by, that
 * is 0 or 1/(1 − rate) for stochastic depth (see `dropPathKeep`); leave it out to keep every branch.
 *
 * @param options.pick the tokens that are wanted, [B, T, D] → [B, t, D]: the others give their keys and values to them and go
 *   no further. In a last block of which only the class token is read, that spares five sixths of the work
 * @param options.causal no token looks at those behind it (where all are wanted)
 */
export function transformerBlock(
  block: FoldedBlock,
  x: tf.Tensor,
  { heads, keep, pick, causal }: { heads: number; keep?: tf.Tensor; pick?: PickTokens; causal?: boolean },
): tf.Tensor {
  const [batch, , width] = x.shape as [number, number, number];
  const scales = keep && tf.unstack(keep).map((row) => tf.reshape(row, [batch, 1, 1]));
  const branch = (y: tf.Tensor, i: number) => (scales ? tf.mul(y, scales[i]) : y);

  const read = (from: tf.Tensor, part: FoldedLinear) =>
    tf.reshape<tf.Rank.R3>(normLinear(from, part), [batch, -1, part.weight.shape[1]]);
  let kept = x;
  let mixed: tf.Tensor;
  if (pick === undefined) {
    mixed = attend(read(x, block.qkv), heads, { causal });
  } else {
    const [queries, rest] = splitColumns(block.qkv, [width, 2 * width]);
    kept = pick(x as tf.Tensor3D);
    mixed = attendTo(read(kept, queries), read(x, rest), heads);
  }
  const attended = tf.add(kept, branch(linear(block.proj, 'proj', mixed), 0));
  return tf.add(attended, branch(normMlp(attended, block.mlp), 1));
}
