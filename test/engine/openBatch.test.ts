import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { exportOnnx } from '../../lib/engine/exportOnnx.js';
import { onnxRuntime, openSession } from '../../lib/engine/session.js';
import { tf } from '../../lib/engine/tf.js';
import { InputError } from '../../lib/errors.js';
import { rng } from '../../lib/random/rng.js';
import { type HostTensor, hostTensor } from '../../lib/runs/hostTensor.js';

type Fn = (x: tf.Tensor) => tf.Tensor;
const model = (fn: Fn) =>
  exportOnnx((_constants, { x }) => ({ y: fn(x) }), {
    constants: {},
    inputs: { x: { shape: [1, 2, 3] } },
    anyBatch: true,
  });

async function opened(fn: Fn): Promise<(x: HostTensor) => Promise<HostTensor>> {
  const { Tensor } = await onnxRuntime();
  const session = await openSession(model(fn), { providers: ['cpu'] });
  return async ({ data, shape }) => {
    const { y } = await session.run({ x: new Tensor('float32', data as Float32Array, [...shape]) });
    return hostTensor(y.data as Float32Array, y.dims);
  };
}

describe('a model for any number of examples', () => {
  it.each<[string, Fn]>([
    ['one reshape that joins axes', (x) => tf.reshape(x, [-1, 3])],
    ['a token of its own for each', (x) => tf.concat([tf.tile(tf.ones([1, 1, 3]), [x.shape[0], 1, 1]), x], 1)],
    [
      'sizes that count examples twice',
      (x) => tf.tile(tf.reshape(tf.tensor1d([1, 2, 3]), [1, 3]), [2 * x.shape[0], 1]),
    ],
    ['products, sums, softmax', (x) => tf.softmax(tf.matMul(x, x, false, true), -1)],
    ['a mean that one operator takes', (x) => tf.tile(tf.sum(x, 0, true), [x.shape[0], 1, 1])],
    ['the input itself', (x) => x],
  ])('%s: equals TensorFlow.js for one to nine', async (_what, fn) => {
    const run = await opened(fn);
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 9 }), async (batch) => {
        const x = hostTensor(rng(batch).normals(batch * 6), [batch, 2, 3]);
        const expected = fn(tf.tensor3d(x.data as Float32Array, [batch, 2, 3]));
        const found = await run(x);
        expect(found.shape).toEqual(expected.shape);
        expected.dataSync().forEach((v, i) => {
          expect(found.data[i]).toBeCloseTo(v, 5);
        });
      }),
      { numRuns: 9 },
    );
  });

  it.each<[string, Fn, RegExp]>([
    ['a number of examples in the arithmetic', (x) => tf.mul(x, 1 / x.shape[0]), /a constant depends/],
    ['operators of each example', (x) => tf.concat(tf.unstack(x).map((row) => tf.relu(row))), /depends on how many/],
    ['a size beside the examples', (x) => tf.concat([x, tf.ones([1, 2, 3])], 0), /a size, 3 for two and 4 for three/],
  ])('%s is refused', (_what, fn, message) => {
    expect(() => model(fn)).toThrow(InputError);
    expect(() => model(fn)).toThrow(message);
  });
});
