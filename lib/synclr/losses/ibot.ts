import { tf } from '../../engine/tf.js';
import { type HostTensor, hostTensor } from '../../runs/hostTensor.js';

/**
 * iBOT's patch loss (spec §4.4): cross-entropy of the student's masked tokens against the teacher's assignments,
 * (1/M) Σ over masked images (1/m) Σ over its masked patches.
 *
 * student: [B, K] logits; targets: [B, K], rows sum to 1; weights: [B], see `tokenWeights`. τ_s = 0.1.
 */
export function ibotLoss(
  student: tf.Tensor2D,
  targets: tf.Tensor2D,
  weights: tf.Tensor1D,
  { temperature = 0.1 }: { temperature?: number } = {},
): tf.Scalar {
  const logp = tf.logSoftmax(tf.mul(student, 1 / temperature), -1);
  const perToken = tf.neg(tf.sum(tf.mul(targets, logp), 1));
  return tf.sum(tf.mul(perToken, weights)) as tf.Scalar;
}

/** 1/(M·m) for every masked token, from the image each token belongs to: M images, m tokens in this one. They sum to 1. */
export function tokenWeights(images: readonly number[]): HostTensor {
  const counts = new Map<number, number>();
  for (const image of images) counts.set(image, (counts.get(image) ?? 0) + 1);
  const weights = images.map((image) => 1 / (counts.size * counts.get(image)!));
  return hostTensor(Float32Array.from(weights), [images.length]);
}
