import { tf } from '../engine/tf.js';

/** Rows scaled to unit length: x / max(‖x‖, eps) over the last axis, with a finite gradient at 0. */
export function unitRows<T extends tf.Tensor>(x: T, { eps = 1e-12 } = {}): T {
  const squared = tf.sum(tf.square(x), -1, true);
  return tf.mul(x, tf.rsqrt(tf.maximum(squared, eps * eps))) as T;
}
