import { tf } from '../../engine/tf.js';

/**
 * DINO's image-level loss (arXiv 2104.14294; optional, of weight 0 in the published code, spec §4.2): cross-entropy of every
 * local crop of an image against the teacher's assignment of its global crop. A view is never compared with itself, so that
 * with the single global crop of SynCLR only local crops have a target.
 *
 * locals: [n·N, K] student logits, view-major; targets: [N, K], rows sum to 1. τ_s = 0.1. → the mean over all pairs.
 */
export function dinoLoss(
  locals: tf.Tensor2D,
  targets: tf.Tensor2D,
  { temperature = 0.1 }: { temperature?: number } = {},
): tf.Scalar {
  const views = locals.shape[0] / targets.shape[0];
  const logp = tf.logSoftmax(tf.mul(locals, 1 / temperature), -1);
  return tf.neg(tf.mean(tf.sum(tf.mul(tf.tile(targets, [views, 1]), logp), 1))) as tf.Scalar;
}
