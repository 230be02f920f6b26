import { tf } from '../../engine/tf.js';
import { clipLoss } from './clip.js';
import { stableRepLoss } from './stableRep.js';

/**
 * StableRep+ (spec §6): StableRep's loss among images plus the multi-positive image-text loss, each with its own projection of
 * the image.
 *
 * @param options.embeddings [N, D] of StableRep's projector; `images` [N, E] and `texts` [T, E] of the image-text heads
 * @param options.labels [N] int32, the caption of each image; `textLabels` [T] int32, that of each text
 * @returns both terms; the objective is their sum
 */
export function stableRepPlusLoss(options: {
  embeddings: tf.Tensor2D;
  images: tf.Tensor2D;
  texts: tf.Tensor2D;
  labels: tf.Tensor1D;
  textLabels: tf.Tensor1D;
  logScale: tf.Tensor;
  temperature?: number;
}): { loss: tf.Scalar; image: tf.Scalar; text: tf.Scalar } {
  const { embeddings, labels, temperature = 0.1, ...pairs } = options;
  const image = stableRepLoss(embeddings, labels, { temperature });
  const text = clipLoss({ ...pairs, imageLabels: labels });
  return { loss: tf.add(image, text), image, text };
}
