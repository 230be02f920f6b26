import { tf } from '../../engine/tf.js';
import { stableRepLoss } from './stableRep.js';

/**
 * SimCLR's NT-Xent loss (arXiv 2002.05709): the two crops of an image are each other's only positive. It is the
 * multi-positive loss with the image as the label.
 *
 * first, second: [N, D], embeddings of two crops of the same N images.
 */
export function simclrLoss(
  first: tf.Tensor2D,
  second: tf.Tensor2D,
  { temperature = 0.1 }: { temperature?: number } = {},
): tf.Scalar {
  const images = Int32Array.from({ length: 2 * first.shape[0] }, (_, i) => i % first.shape[0]);
  return stableRepLoss(tf.concat([first, second], 0), tf.tensor1d(images, 'int32'), { temperature });
}
