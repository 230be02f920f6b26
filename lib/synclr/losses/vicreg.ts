import { tf } from '../../engine/tf.js';
import { offDiagonal } from './multiPositive.js';

/**
 * VICReg's loss (arXiv 2105.04906, Eq. 1–6, as its published code computes it): two crops of an image are alike
 * (invariance), every dimension varies over the batch (variance), and no two of them vary together (covariance). Nothing is
 * pushed apart, so there are no negatives and no temperature.
 *
 * first, second: [N, D], embeddings of two crops of the same N ≥ 2 images, of any length: they are not normalised.
 * @returns the weighted sum, by default 25, 25 and 1 as in the paper, and the three terms
 */
export function vicregLoss(
  first: tf.Tensor2D,
  second: tf.Tensor2D,
  { similarity = 25, deviation = 25, correlation = 1 }: VicregWeights = {},
): { loss: tf.Scalar; invariance: tf.Scalar; variance: tf.Scalar; covariance: tf.Scalar } {
  const invariance = tf.mean(tf.square(tf.sub(first, second))) as tf.Scalar;
  const [a, b] = [first, second].map((view) => tf.sub(view, tf.mean(view, 0, true)) as tf.Tensor2D);
  const variance = tf.mul(tf.add(tooAlike(a), tooAlike(b)), 0.5) as tf.Scalar;
  const covariance = tf.add(together(a), together(b)) as tf.Scalar;
  const loss = tf.addN([
    tf.mul(invariance, similarity),
    tf.mul(variance, deviation),
    tf.mul(covariance, correlation),
  ]) as tf.Scalar;
  return { loss, invariance, variance, covariance };
}

/** Weights of the three terms: λ, μ and ν of the paper. */
export interface VicregWeights {
  similarity?: number;
  deviation?: number;
  correlation?: number;
}

/** How far the deviation of each dimension is below 1, on average. centred: [N, D] with means of 0 */
function tooAlike(centred: tf.Tensor2D): tf.Scalar {
  const variance = tf.div(tf.sum(tf.square(centred), 0), centred.shape[0] - 1);
  return tf.mean(tf.relu(tf.sub(1, tf.sqrt(tf.add(variance, 1e-4))))) as tf.Scalar;
}

/** Σ of the squared covariances of different dimensions, over D. centred: [N, D] with means of 0 */
function together(centred: tf.Tensor2D): tf.Scalar {
  const [count, width] = centred.shape;
  const covariance = tf.div(tf.matMul(centred, centred, true, false), count - 1);
  return tf.div(tf.sum(tf.square(tf.mul(covariance, offDiagonal(width)))), width) as tf.Scalar;
}
