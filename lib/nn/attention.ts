import { tf } from '../engine/tf.js';

/**
 * Multi-head self-attention between its projections: [B, T, 3D], the queries of all heads, then their keys, then their
 * values → [B, T, D]; D must be a multiple of `heads`. `causal`: a token looks at itself and at those before it.
 */
export function attend(qkv: tf.Tensor, heads: number, { causal = false } = {}): tf.Tensor {
  // Heads are blocks of columns that are cut apart and joined: cheaper than a five-dimensional transposition.
  const parts = tf.split<tf.Tensor3D>(qkv as tf.Tensor3D, 3 * heads, 2);
  const hidden = causal ? laterTokens(qkv.shape[1] as number) : undefined;
  const mixed = parts.slice(0, heads).map((q, h) => attendHead(q, parts[heads + h], parts[2 * heads + h], hidden));
  return joinHeads(mixed);
}

/** [T, T]: −10⁹, which no softmax lets through, for the tokens behind the one that looks, and 0 for the others. */
function laterTokens(tokens: number): tf.Tensor2D {
  const rows = Array.from({ length: tokens }, (_, i) => Array.from({ length: tokens }, (_, j) => (j > i ? -1e9 : 0)));
  return tf.tensor2d(rows);
}

/** Queries [B, T, D] that look at other tokens' keys and values, [B, S, 2D] → [B, T, D]. */
export function attendTo(queries: tf.Tensor3D, keysAndValues: tf.Tensor3D, heads: number): tf.Tensor {
  const parts = tf.split<tf.Tensor3D>(keysAndValues, 2 * heads, 2);
  const own = heads === 1 ? [queries] : tf.split<tf.Tensor3D>(queries, heads, 2);
  return joinHeads(own.map((q, h) => attendHead(q, parts[h], parts[heads + h])));
}

/** heads × [B, T, size] → [B, T, D]. */
export function joinHeads(heads: tf.Tensor3D[]): tf.Tensor {
  return heads.length === 1 ? heads[0] : tf.concat(heads, 2);
}

/**
 * softmax(q·kᵀ/√size)·v of one head, with its gradient written out: rowsum(dO∘O) is the sum that the softmax's gradient
 * needs, over fewer numbers than its own.
 *
 * q: [B, T, size], k and v: [B, S, size] → [B, T, size]. `bias`: [T, S], a constant that is added to q·kᵀ/√size.
 */
export function attendHead(q: tf.Tensor3D, k: tf.Tensor3D, v: tf.Tensor3D, bias?: tf.Tensor2D): tf.Tensor3D {
  const scale = 1 / Math.sqrt(q.shape[2]);
  return tf.customGrad((...args) => {
    const save = args.pop() as unknown as tf.GradSaveFunc;
    const [q, k, v] = args as unknown as tf.Tensor3D[];
    const scores = tf.mul(tf.matMul(q, k, false, true), scale);
    const weights = tf.softmax(bias ? tf.add(scores, bias) : scores, -1) as tf.Tensor3D;
    const out = tf.matMul(weights, v);
    save([q, k, v, weights, out]);
    return {
      value: out,
      gradFunc: (dOut, saved) => {
        const [q, k, v, weights, out] = saved as tf.Tensor3D[];
        const delta = tf.sum(tf.mul(dOut, out), -1, true);
        const dWeights = tf.matMul(dOut as tf.Tensor3D, v, false, true);
        const dScores = tf.mul(tf.mul(weights, tf.sub(dWeights, delta)), scale) as tf.Tensor3D;
        return [tf.matMul(dScores, k), tf.matMul(dScores, q, true), tf.matMul(weights, dOut as tf.Tensor3D, true)];
      },
    };
  })(q, k, v) as tf.Tensor3D;
}

/** What `attend` weighs the values with, for looking at: qkv [B, T, 3D] → softmax(q·kᵀ/√size), [B, heads, T, T]. */
export function attentionMaps(qkv: tf.Tensor3D, heads: number): tf.Tensor4D {
  const [batch, tokens, columns] = qkv.shape;
  const size = columns / 3 / heads;
  const [q, k] = tf
    .split<tf.Tensor3D>(qkv, 3, 2)
    .map((part) => tf.transpose(tf.reshape<tf.Rank.R4>(part, [batch, tokens, heads, size]), [0, 2, 1, 3]));
  return tf.softmax(tf.mul(tf.matMul<tf.Tensor4D>(q, k, false, true), 1 / Math.sqrt(size)) as tf.Tensor4D, -1);
}
