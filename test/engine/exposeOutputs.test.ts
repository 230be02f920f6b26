import { describe, expect, it } from 'vitest';
import { exportOnnx, exposeOutputs, onnxRuntime, tf } from '../../lib/engine/index.js';

describe('exposeOutputs', () => {
  it('gives out what every softmax of a model makes, and leaves its own output as it was', async () => {
    const plain = exportOnnx((_, { x }) => ({ y: tf.softmax(tf.sub(tf.softmax(tf.mul(x, 2)), x)) }), {
      constants: {},
      inputs: { x: { shape: [2, 3] } },
    });
    const { model, names } = exposeOutputs(plain, 'Softmax');
    expect(names).toHaveLength(2);
    const ort = await onnxRuntime();
    const x = new ort.Tensor('float32', Float32Array.of(1, 2, 3, 0, 0, 1), [2, 3]);
    const run = async (bytes: Uint8Array) => {
      const session = await ort.InferenceSession.create(bytes);
      const outputs = await session.run({ x });
      await session.release();
      return outputs;
    };
    const [before, after] = [await run(plain), await run(model)];
    expect(after.y.data).toEqual(before.y.data);
    const shares = after[names[0]];
    expect(shares.dims).toEqual([2, 3]);
    const wanted = [2, 4, 6].map(Math.exp);
    const sum = wanted.reduce((a, b) => a + b);
    for (const [i, exp] of wanted.entries()) expect((shares.data as Float32Array)[i]).toBeCloseTo(exp / sum, 5);
  });
});
