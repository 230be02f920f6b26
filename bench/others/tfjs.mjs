// The training step on one of TensorFlow.js's own backends, operation by operation: the very function that our engine traces.
import { tf } from '../../lib/dist/engine/index.js';

/** Kernels that the backend lacks beside TensorFlow.js's `cpu`, which has nearly all. */
export function missingKernels(backend) {
  const names = (of) => tf.getKernelsForBackend(of).map(({ kernelName }) => kernelName);
  const there = new Set(names(backend));
  return names('cpu').filter((name) => !there.has(name));
}

/** Opens the step on a backend that is registered. The state stays where the backend has it. */
export async function openTfjs(backend, { step, state, batch }) {
  if (!(await tf.setBackend(backend))) throw new Error(`TensorFlow.js could not start its backend "${backend}"`);
  const tensors = (record) =>
    Object.fromEntries(
      Object.entries(record).map(([name, { data, shape, dtype }]) => [
        name,
        tf.tensor(data.slice(), [...shape], dtype),
      ]),
    );
  const inputs = tensors(batch);
  let current = tensors(state);
  return async () => {
    const { state: next, outputs } = tf.tidy(() => step(current, inputs));
    tf.dispose(current);
    current = next;
    const [loss] = await outputs.loss.data();
    outputs.loss.dispose();
    return loss;
  };
}
