import { STANDARDISE } from '../engine/kernels/standardise.js';
import { tf } from '../engine/tf.js';

/**
 * x̂ = (x − mean) / √(variance + eps) over the last axis, and the factor 1/√(variance + eps).
 *
 * x: [..., D] → [[..., D], [..., 1]]. One kernel where the backend has it, else ordinary operations. It has no gradient of its
 * own: `normalise` and `normLinear` have.
 */
export function standardise(x: tf.Tensor, eps: number): [standard: tf.Tensor, inverse: tf.Tensor] {
  if (tf.getKernel(STANDARDISE, tf.getBackend())) {
    return tf.engine().runKernel(STANDARDISE, { x }, { eps }) as [tf.Tensor, tf.Tensor];
  }
  const centred = tf.sub(x, tf.mean(x, -1, true));
  const inverse = tf.rsqrt(tf.add(tf.mean(tf.square(centred), -1, true), eps));
  return [tf.mul(centred, inverse), inverse];
}

/**
 * LayerNorm without gain and bias, with its gradient in few passes over memory:
 * dx = (g − mean(g) − x̂·mean(g·x̂)) / √(variance + eps).
 *
 * x: [..., D] → [..., D].
 */
export function normalise(x: tf.Tensor, { eps = 1e-6 } = {}): tf.Tensor {
  return tf.customGrad((input, save) => {
    const [standard, inverse] = standardise(input as tf.Tensor, eps);
    (save as tf.GradSaveFunc)([standard, inverse]);
    return {
      value: standard,
      gradFunc: (g, saved) => {
        const [s, r] = saved as tf.Tensor[];
        const along = tf.mul(s, tf.mean(tf.mul(g, s), -1, true));
        return tf.mul(tf.sub(tf.sub(g, tf.mean(g, -1, true)), along), r);
      },
    };
  })(x);
}
