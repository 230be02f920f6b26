import { exportOnnx, onnxRuntime, openSession, tf } from '../../lib/dist/engine/index.js';
import { rng } from '../../lib/dist/random/rng.js';

/** Matrix products of a linear layer and of its gradients, as makers: x [M, K], w [K, N] as the library has it. */
export function gemmTasks({ shapes }) {
  const tasks = {};
  for (const [m, k, n] of shapes) {
    const label = `${m}x${k}x${n}`;
    tasks[`${label} forward`] = () => openProduct([m, k], [k, n], (x, w) => tf.matMul(x, w));
    tasks[`${label} dx`] = () => openProduct([m, n], [k, n], (y, w) => tf.matMul(y, w, false, true));
    tasks[`${label} dw`] = () => openProduct([m, k], [m, n], (x, y) => tf.matMul(x, y, true, false));
  }
  return tasks;
}

/**
 * A session of one product. Only its first row leaves the graph: what is timed is the product as a step has it, written
 * to memory that the session keeps, and not the way out to JavaScript.
 */
async function openProduct(a, b, product) {
  const model = exportOnnx(
    (_, inputs) => {
      const y = product(inputs.a, inputs.b);
      return { y: tf.slice(y, [0, 0], [1, y.shape[1]]) };
    },
    { constants: {}, inputs: { a: { shape: a }, b: { shape: b } } },
  );
  const ort = await onnxRuntime();
  const session = await openSession(model);
  const tensor = (name, shape) => new ort.Tensor('float32', rng(0, name).normals(shape[0] * shape[1]), shape);
  const feeds = { a: tensor('a', a), b: tensor('b', b) };
  return async () => {
    await session.run(feeds);
  };
}
