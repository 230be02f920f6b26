import { tf } from '../../engine/tf.js';
import { unitRows } from '../../nn/unitRows.js';
import { multiPositiveCrossEntropy, offDiagonal, sameLabel } from './multiPositive.js';

/**
 * StableRep's multi-positive contrastive loss (arXiv 2306.00984): every image against all others of the batch, the
 * others of its caption as positives, with gradient through both sides.
 *
 * embeddings: [N, D], any length (normalised here); labels: [N] int32, the caption of each image.
 * τ = 0.1 in StableRep; SynCLR uses 0.08.
 */
export function stableRepLoss(
  embeddings: tf.Tensor2D,
  labels: tf.Tensor1D,
  { temperature = 0.1 }: { temperature?: number } = {},
): tf.Scalar {
  const z = unitRows(embeddings);
  const candidates = offDiagonal(z.shape[0]);
  const positives = tf.mul(sameLabel(labels, labels), candidates) as tf.Tensor2D;
  const similarities = tf.matMul(z, z, false, true) as tf.Tensor2D;
  return tf.mean(multiPositiveCrossEntropy(similarities, positives, { temperature, candidates })) as tf.Scalar;
}
