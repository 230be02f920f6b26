import { tf } from '../../engine/tf.js';

/**
 * DINO's centring, the published code's alternative to `sinkhorn` (spec §4.4): targets softmax((logits − center)/T), with the
 * centre of earlier batches, and the centre moved towards this batch's mean for the next.
 *
 * logits: [B, K]; center: [1, K], zeros at first → targets [B, K], rows sum to 1, and the next centre [1, K].
 */
export function centerTargets(
  logits: tf.Tensor2D,
  center: tf.Tensor2D,
  { temperature, momentum = 0.9 }: { temperature: tf.Scalar | number; momentum?: number },
): { targets: tf.Tensor2D; center: tf.Tensor2D } {
  const mean = tf.mean(logits, 0, true) as tf.Tensor2D;
  return {
    targets: tf.softmax(tf.div(tf.sub(logits, center), temperature), -1) as tf.Tensor2D,
    center: tf.add(tf.mul(center, momentum), tf.mul(mean, 1 - momentum)),
  };
}
