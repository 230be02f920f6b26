import { tf } from '../../engine/tf.js';

/** mean over rows of −Σ target·log softmax(logits). Both [B, classes]; rows of `targets` sum to one. */
export function softCrossEntropy(logits: tf.Tensor2D, targets: tf.Tensor2D): tf.Scalar {
  return tf.mean(tf.neg(tf.sum(tf.mul(targets, tf.logSoftmax(logits, -1)), -1))) as tf.Scalar;
}
