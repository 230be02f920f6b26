import { tf } from '../engine/tf.js';
import type { Rng } from '../random/rng.js';

/**
 * Rectified flow. Time here is σ as schedulers have it: x_σ = (1 − σ)·x + σ·noise, from σ = 1 (noise) to σ = 0 (image).
 * The velocity is noise − x, the direction in which σ grows. The network guesses x itself, and the loss is taken on the
 * velocity that follows from the guess (Li & He, 2025, "Back to basics: let denoising generative models denoise").
 */

/** Below this σ the weight of the loss stops growing. */
const SIGMA_FLOOR = 0.1;

/** A noise level for training: 1 − σ = sigmoid(N(−0.8, 0.8)), so that mostly noisy images are seen. */
export function drawSigma(rng: Rng): number {
  return 1 - 1 / (1 + Math.exp(0.8 - 0.8 * rng.normal()));
}

/** x_σ for images and noise [B, 3, S, S] and σ [B]. */
export function addNoise(images: tf.Tensor, noise: tf.Tensor, sigma: tf.Tensor): tf.Tensor {
  const level = tf.reshape(sigma, [sigma.shape[0], 1, 1, 1]);
  return tf.add(images, tf.mul(tf.sub(noise, images), level));
}

/** The velocity noise − x that a guess of the clean image implies: (x_σ − guess) / σ. */
export function velocityOf(noisy: tf.Tensor, guess: tf.Tensor, sigma: tf.Tensor): tf.Tensor {
  const level = tf.maximum(tf.reshape(sigma, [sigma.shape[0], 1, 1, 1]), 1e-4);
  return tf.div(tf.sub(noisy, guess), level);
}

/** Mean squared error of the velocity: that of the guess, weighted by 1/max(σ, 0.1)². A scalar. */
export function flowLoss(guess: tf.Tensor, images: tf.Tensor, sigma: tf.Tensor): tf.Scalar {
  const errors = tf.mean(tf.square(tf.sub(guess, images)), [1, 2, 3]);
  return tf.mean(tf.div(errors, tf.square(tf.maximum(sigma, SIGMA_FLOOR)))) as tf.Scalar;
}
