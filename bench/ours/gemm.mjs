import { exportOnnx, hostTensor, onnxRuntime, openSession, rng, tf } from '../../lib/dist/index.js';

/** Matrix products of a linear layer and of its gradients, as makers: x [M, K], w [K, N] as the library has it. */
export function gemmTasks({ shapes }) {
  const tasks = {};
  for (const [m, k, n] of shapes) {
    const label = `${m}x${k}x${n}`;
    tasks[`${label} forward`] = () => openProduct([m, k], [k, n], [m, n], (x, w) => tf.matMul(x, w));
    tasks[`${label} dx`] = () => openProduct([m, n], [k, n], [m, k], (y, w) => tf.matMul(y, w, false, true));
    tasks[`${label} dw`] = () => openProduct([m, k], [m, n], [k, n], (x, y) => tf.matMul(x, y, true, false));
  }
  return tasks;
}

/** A session of one product, into a buffer that exists. */
async function openProduct(a, b, out, product) {
  const model = exportOnnx((_, inputs) => ({ y: product(inputs.a, inputs.b) }), {
    constants: {},
    inputs: { a: { shape: a }, b: { shape: b } },
  });
  const ort = await onnxRuntime();
  const session = await openSession(model);
  const tensor = (shape, data) => new ort.Tensor('float32', data, shape);
  const size = (shape) => shape[0] * shape[1];
  const normals = (shape) => hostTensor(rng(0, 'gemm', ...shape).normals(size(shape)), shape).data;
  const feeds = { a: tensor(a, normals(a)), b: tensor(b, normals(b)) };
  const fetches = { y: tensor(out, new Float32Array(size(out))) };
  return async () => {
    await session.run(feeds, fetches);
  };
}
