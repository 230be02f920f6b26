import { tf } from '../../engine/tf.js';

/** Far below every similarity, and far from overflowing after the row's maximum is subtracted. */
const EXCLUDED = -1e9;

/**
 * Cross-entropy of each anchor against a uniform distribution over its positives (Eq. 1–3 of the paper):
 * q = softmax over the candidates of similarity/τ, p = 1/|positives| on positives, L = −Σ p log q.
 *
 * similarities: [A, K]; positives, candidates: [A, K] of 0 and 1, positives within candidates. → [A].
 * An anchor without a positive gives 0.
 */
export function multiPositiveCrossEntropy(
  similarities: tf.Tensor2D,
  positives: tf.Tensor2D,
  { temperature, candidates }: { temperature: number; candidates?: tf.Tensor2D },
): tf.Tensor1D {
  const logq = logOpinion(similarities, { temperature, candidates });
  const count = tf.maximum(tf.sum(positives, 1), 1);
  return tf.neg(tf.div(tf.sum(tf.mul(positives, logq), 1), count)) as tf.Tensor1D;
}

/** log q of Eq. 1: which of the candidates an anchor takes for its own. [A, K] → [A, K]. */
export function logOpinion(
  similarities: tf.Tensor2D,
  { temperature, candidates }: { temperature: number; candidates?: tf.Tensor2D },
): tf.Tensor2D {
  const scaled = tf.mul(similarities, 1 / temperature);
  const logits = candidates ? tf.add(scaled, tf.mul(tf.sub(1, candidates), EXCLUDED)) : scaled;
  return tf.logSoftmax(logits, -1) as tf.Tensor2D;
}

/** 1 where row label = column label. rows: [A], columns: [K] → [A, K]. */
export function sameLabel(rows: tf.Tensor1D, columns: tf.Tensor1D): tf.Tensor2D {
  return tf.cast(tf.equal(tf.expandDims(rows, 1), tf.expandDims(columns, 0)), 'float32') as tf.Tensor2D;
}

/** 1 everywhere but on the diagonal, [n, n]: every key except that of the anchor's own image. */
export function offDiagonal(n: number): tf.Tensor2D {
  const data = new Float32Array(n * n).fill(1);
  for (let i = 0; i < n; i++) data[i * n + i] = 0;
  return tf.tensor2d(data, [n, n]);
}
