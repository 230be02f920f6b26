import { tf } from '../../engine/tf.js';
import { sizeOf } from '../../runs/hostTensor.js';
import { resizeTo } from './convModule.js';

/**
 * Cross-entropy of the pixels of a mask, with logits brought to its size. Pixels of IGNORED cost nothing, and count in the
 * mean all the same: mmsegmentation's default.
 *
 * logits: [B, h, w, classes], mask: [B, H, W] of int32.
 */
export function pixelCrossEntropy(logits: tf.Tensor4D, mask: tf.Tensor3D): tf.Scalar {
  const classes = logits.shape[3];
  const pixels = sizeOf(mask.shape);
  const sized = resizeTo(logits, [mask.shape[1], mask.shape[2]]);
  const rows = tf.logSoftmax(tf.reshape(sized, [pixels, classes]) as tf.Tensor2D, -1);
  // A class that there is none of gives a row of zeros.
  const targets = tf.cast(tf.oneHot(tf.reshape(mask, [pixels]) as tf.Tensor1D, classes), 'float32');
  return tf.div(tf.neg(tf.sum(tf.mul(targets, rows))), pixels) as tf.Scalar;
}
