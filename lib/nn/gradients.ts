import type { NamedTensors } from '../engine/compile.js';
import { tf } from '../engine/tf.js';
import { InputError } from '../errors.js';

/**
 * The value of a scalar loss and its gradient for every named parameter.
 *
 * `loss` gets the parameters and returns a scalar and, if wanted, further named tensors in `aux`, which come back
 * undifferentiated. Throws an InputError that names parameters which the loss does not depend on.
 */
export function valueAndGrads(
  loss: (params: NamedTensors) => { loss: tf.Scalar; aux?: NamedTensors },
  params: NamedTensors,
): { loss: tf.Scalar; grads: NamedTensors; aux: NamedTensors } {
  const names = Object.keys(params);
  let kept: NamedTensors = {};
  const { value, grads } = tf.valueAndGrads((...tensors: tf.Tensor[]) => {
    const result = loss(Object.fromEntries(names.map((name, i) => [name, tensors[i]])));
    // tf.valueAndGrads runs in a scope of its own, which would dispose of everything but the loss.
    kept = Object.fromEntries(
      Object.entries(result.aux ?? {}).map(([name, tensor]) => [name, tf.keep(tf.clone(tensor))]),
    );
    return result.loss;
  })(names.map((name) => params[name]));

  const orphans = names.filter((_, i) => !grads[i]);
  if (orphans.length > 0) {
    throw new InputError({
      where: 'valueAndGrads',
      expected: 'a loss that depends on every parameter',
      found: `no path from the loss to ${orphans.join(', ')}`,
      fix: 'leave these parameters out of `params`, or use them in the loss',
    });
  }
  // Cloning hands the extra tensors over to the scope of the caller.
  const aux = Object.fromEntries(Object.entries(kept).map(([name, tensor]) => [name, tf.clone(tensor)]));
  for (const tensor of Object.values(kept)) tensor.dispose();
  return { loss: value as tf.Scalar, grads: Object.fromEntries(names.map((name, i) => [name, grads[i]])), aux };
}
