import { tf } from '../../engine/tf.js';
import { unitRows } from '../../nn/unitRows.js';
import { multiPositiveCrossEntropy, sameLabel } from './multiPositive.js';

/** CLIP's cap on the scale of its logits; it starts at 1/0.07 (spec §6). */
const LARGEST_SCALE = 100;

/**
 * CLIP's loss (arXiv 2103.00020): ½ (image → text + text → image), each a cross-entropy over the whole batch. Several
 * images may share a text: the text's target is then uniform over them, as in StableRep+ (spec §6); with one image a text this is
 * CLIP's own loss.
 *
 * @param options.images [N, D], any length (normalised here)
 * @param options.texts [T, D], any length
 * @param options.imageLabels [N] int32: which text belongs to each image. @param options.textLabels [T] int32
 * @param options.logScale scalar, ln of what similarities are multiplied by; learned from ln(1/0.07), capped at ln 100
 */
export function clipLoss(options: {
  images: tf.Tensor2D;
  texts: tf.Tensor2D;
  imageLabels: tf.Tensor1D;
  textLabels: tf.Tensor1D;
  logScale: tf.Tensor;
}): tf.Scalar {
  const { images, texts, imageLabels, textLabels, logScale } = options;
  const scale = tf.minimum(tf.exp(logScale), LARGEST_SCALE);
  const logits = tf.mul(tf.matMul(unitRows(images), unitRows(texts), false, true), scale) as tf.Tensor2D;
  const belongs = sameLabel(imageLabels, textLabels);
  const toTexts = multiPositiveCrossEntropy(logits, belongs, { temperature: 1 });
  const toImages = multiPositiveCrossEntropy(tf.transpose(logits), tf.transpose(belongs), { temperature: 1 });
  return tf.mul(tf.add(tf.mean(toTexts), tf.mean(toImages)), 0.5) as tf.Scalar;
}
