import type { NamedTensors } from '../engine/step.js';
import { tf } from '../engine/tf.js';
import { InputError } from '../errors.js';

/**
 * The value of a scalar loss and its gradient for every named parameter.
 *
 * `loss` gets the parameters and returns a scalar and, if wanted, further named tensors in `aux`, which come back
 * undifferentiated. Throws an InputError that names parameters which the loss does not depend on, unless `unused` is
 * `omit`: they then get no gradient.
 */
export function valueAndGrads(
  loss: (params: NamedTensors) => { loss: tf.Scalar; aux?: NamedTensors },
  params: NamedTensors,
  { unused = 'refuse' }: { unused?: 'refuse' | 'omit' } = {},
): { loss: tf.Scalar; grads: NamedTensors; aux: NamedTensors } {
  const names = Object.keys(params);
  let kept: NamedTensors = {};
  // The engine's own call: tf.valueAndGrads refuses a parameter without a gradient, but does not say which.
  const { value, grads } = tf.engine().gradients(
    () => {
      const result = loss(params);
      // This runs in a scope of its own, which would dispose of everything but the loss.
      kept = mapTensors(result.aux ?? {}, (tensor) => tf.keep(tf.clone(tensor)));
      return result.loss;
    },
    names.map((name) => params[name]),
  );

  const orphans = names.filter((_, i) => !grads[i]);
  if (orphans.length > 0 && unused === 'refuse') {
    throw new InputError({
      where: 'valueAndGrads',
      expected: 'a loss that depends on every parameter',
      found: `no path from the loss to ${orphans.join(', ')}`,
      fix: 'leave these parameters out of `params`, or use them in the loss',
    });
  }
  // Cloning hands the extra tensors over to the scope of the caller.
  const aux = mapTensors(kept, (tensor) => tf.clone(tensor));
  for (const tensor of Object.values(kept)) tensor.dispose();
  const found = names.map((name, i) => [name, grads[i]] as const).filter(([, grad]) => grad);
  return { loss: value as tf.Scalar, grads: Object.fromEntries(found), aux };
}

function mapTensors(tensors: NamedTensors, f: (tensor: tf.Tensor) => tf.Tensor): NamedTensors {
  return Object.fromEntries(Object.entries(tensors).map(([name, tensor]) => [name, f(tensor)]));
}
