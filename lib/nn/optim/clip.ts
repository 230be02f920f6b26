import type { NamedTensors } from '../../engine/step.js';
import { tf } from '../../engine/tf.js';

/**
 * √(Σ g²) over all tensors, a scalar. Summed in the order of their names: a sum rounds by its order, and parameters that
 * were read from a checkpoint come in another one than fresh ones.
 */
export function globalNorm(tensors: NamedTensors): tf.Scalar {
  const names = Object.keys(tensors).sort();
  const squares = names.map((name) => tf.sum(tf.square(tensors[name])) as tf.Scalar);
  return tf.sqrt(squares.reduce((sum, square) => tf.add(sum, square) as tf.Scalar)) as tf.Scalar;
}

/** Scales all gradients together so that their global norm is at most `maxNorm`; also gives the norm before. */
export function clipByGlobalNorm(grads: NamedTensors, maxNorm: number): { grads: NamedTensors; norm: tf.Scalar } {
  const norm = globalNorm(grads);
  // PyTorch's rule: the 1e-6 keeps a zero gradient at zero.
  const factor = tf.minimum(1, tf.div(maxNorm, tf.add(norm, 1e-6)));
  const clipped: NamedTensors = {};
  for (const [name, grad] of Object.entries(grads)) clipped[name] = tf.mul(grad, factor);
  return { grads: clipped, norm };
}
