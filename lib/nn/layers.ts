import { GELU } from '../engine/kernels/gelu.js';
import type { NamedTensors } from '../engine/step.js';
import { tf } from '../engine/tf.js';
import { normalise } from './standardise.js';

/**
 * y = x·W + b with W stored [in, out]; the bias is added when `${name}.bias` exists.
 *
 * x: [..., in] → [..., out]. The leading axes are flattened first, so that it is one matrix product of two 2-D tensors.
 */
export function linear(p: NamedTensors, name: string, x: tf.Tensor): tf.Tensor {
  const weight = p[`${name}.weight`] as tf.Tensor2D;
  const bias = p[`${name}.bias`];
  const [input, output] = weight.shape;
  const flat = x.rank === 2 ? (x as tf.Tensor2D) : tf.reshape<tf.Rank.R2>(x, [-1, input]);
  const product = tf.matMul(flat, weight);
  const y = bias ? tf.add(product, bias) : product;
  return x.rank === 2 ? y : tf.reshape(y, [...x.shape.slice(0, -1), output]);
}

/**
 * LayerNorm over the last axis; affine when `${name}.weight` exists, else plain.
 *
 * x: [..., D] → [..., D]. eps 1e-6 as in ViT (spec §4.1).
 */
export function layerNorm(p: NamedTensors, name: string, x: tf.Tensor, { eps = 1e-6 } = {}): tf.Tensor {
  const normal = normalise(x, { eps });
  const weight = p[`${name}.weight`];
  const bias = p[`${name}.bias`];
  const scaled = weight ? tf.mul(normal, weight) : normal;
  return bias ? tf.add(scaled, bias) : scaled;
}

/** Exact GELU, x·Φ(x), through erf (not the tanh approximation). */
export function gelu<T extends tf.Tensor>(x: T): T {
  if (hasPlainGelu()) return tf.engine().runKernel(GELU, { x }) as T;
  return tf.mul(erfGate(tf.mul(x, Math.SQRT1_2)), Math.SQRT1_2) as T;
}

/** Whether GELU is one kernel here: the backend has it, and no gradient is being taken (its gradient needs its parts). */
export function hasPlainGelu(): boolean {
  return !tf.engine().isTapeOn() && tf.getKernel(GELU, tf.getBackend()) !== undefined;
}

/**
 * g(s) = s·(1 + erf s), GELU without its factors: GELU(z) = g(z/√2)/√2. Its gradient 1 + erf s + 2/√π·s·exp(−s²) is
 * written out, since it is the widest tensor of a transformer; s/exp(s²) spares a negation, and is 0 where exp overflows.
 */
export function erfGate<T extends tf.Tensor>(s: T): T {
  return tf.customGrad((input, save) => {
    const x = input as tf.Tensor;
    const gate = tf.add(tf.erf(x), 1);
    (save as tf.GradSaveFunc)([x, gate]);
    return {
      value: tf.mul(x, gate),
      gradFunc: (dy, saved) => {
        const [x, gate] = saved as tf.Tensor[];
        const bell = tf.div(x, tf.exp(tf.square(x)));
        return tf.mul(dy, tf.add(gate, tf.mul(bell, 2 / Math.sqrt(Math.PI))));
      },
    };
  })(s) as T;
}
