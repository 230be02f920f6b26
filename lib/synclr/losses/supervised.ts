import { tf } from '../../engine/tf.js';

/**
 * Mean cross-entropy of class labels. logits: [N, classes]; labels: [N] int32.
 * `smoothing` ε puts ε/classes on every class and 1 − ε more on the right one.
 */
export function supervisedLoss(
  logits: tf.Tensor2D,
  labels: tf.Tensor1D,
  { smoothing = 0 }: { smoothing?: number } = {},
): tf.Scalar {
  const classes = logits.shape[1];
  const hard = tf.cast(tf.oneHot(labels, classes), 'float32');
  const target = smoothing > 0 ? tf.add(tf.mul(hard, 1 - smoothing), smoothing / classes) : hard;
  return tf.neg(tf.mean(tf.sum(tf.mul(target, tf.logSoftmax(logits, -1)), 1))) as tf.Scalar;
}
