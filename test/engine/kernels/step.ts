import { type HostTensors, type InputSpec, type NamedTensors, type Step, tf } from '../../../lib/engine/index.js';
import type { KernelCase } from './case.js';

/** Weights that make a scalar of any output, so that every element matters differently to the gradient. */
function weightedSum(y: tf.Tensor): tf.Scalar {
  const weights = tf.tensor(
    Float32Array.from({ length: y.size }, (_, i) => Math.cos(i)),
    y.shape,
  );
  return tf.sum(tf.mul(y.dtype === 'float32' ? y : tf.cast(y, 'float32'), weights));
}

/** The step of a case: its value, the loss made of it and the gradients. */
export const stepOf =
  ({ of, gradients }: KernelCase): Step =>
  (_state, inputs) => {
    const value = of(inputs);
    const outputs: NamedTensors = { value, loss: weightedSum(value) };
    if (gradients.length > 0) {
      const loss = (...chosen: tf.Tensor[]) =>
        weightedSum(of({ ...inputs, ...Object.fromEntries(gradients.map((name, i) => [name, chosen[i]])) }));
      const grads = tf.grads(loss)(gradients.map((name) => inputs[name]));
      for (const [i, name] of gradients.entries()) outputs[`gradient of ${name}`] = grads[i];
    }
    return { state: {}, outputs };
  };

export const specsOf = (inputs: HostTensors): Record<string, InputSpec> =>
  Object.fromEntries(Object.entries(inputs).map(([name, { shape, dtype }]) => [name, { shape, dtype }]));
