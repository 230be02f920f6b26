import { exportOnnx } from '../lib/engine/exportOnnx.js';
import { onnxRuntime, openSession } from '../lib/engine/session.js';
import { tf } from '../lib/engine/tf.js';
import { hostTensor } from '../lib/runs/hostTensor.js';

/**
 * Whether this processor adds products of 8 bits exactly. Those with AVX2 and without VNNI add pairs in 16 bits, and two
 * large ones come out too small (lib/diffusion/README.md, "In 8 bits").
 */
export async function eightBitsAreExact(): Promise<boolean> {
  const [x, weight] = [hostTensor(Float32Array.of(1, 1), [1, 2]), hostTensor(Float32Array.of(1, 1), [2, 1])];
  const model = exportOnnx((p, inputs) => ({ y: tf.matMul(inputs.x as tf.Tensor2D, p.weight as tf.Tensor2D) }), {
    constants: { weight },
    inputs: { x: { shape: x.shape } },
    products: new Map([['weight', [0, 1] as const]]),
  });
  const { Tensor } = await onnxRuntime();
  const session = await openSession(model, { threads: 1 });
  const { y } = await session.run({ x: new Tensor('float32', x.data, x.shape) });
  await session.release();
  return Math.abs((y.data as Float32Array)[0] - 2) < 0.01;
}
