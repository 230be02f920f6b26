import { type HostTensors, type InputSpec, type NamedTensors, type Step, tf } from '../../../lib/engine/index.js';
import type { KernelCase } from './case.js';

/** Weights that make a scalar of any output, so that every element matters differently to the gradient. */
function weightedSum(y: tf.Tensor): tf.Scalar {
  const weights = tf.reshape(tf.cos(tf.range(0, y.size)), y.shape);
  return tf.sum(tf.mul(tf.cast(y, 'float32'), weights));
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
