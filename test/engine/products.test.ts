import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { mayCutSums, withoutZeroPoints } from '../../lib/engine/exactBytes.js';
import { exportOnnx } from '../../lib/engine/exportOnnx.js';
import type { Ranges } from '../../lib/engine/products.js';
import { onnxRuntime, openSession } from '../../lib/engine/session.js';
import { tf } from '../../lib/engine/tf.js';
import { rng } from '../../lib/random/rng.js';
import { type HostTensor, hostTensor } from '../../lib/runs/hostTensor.js';

const normals = (name: string, [rows, columns]: [number, number]) =>
  hostTensor(rng(3, name).normals(rows * columns), [rows, columns]);

/** x·W + b as exportOnnx writes it, run. */
async function run(
  x: HostTensor,
  { weight, bias }: { weight: HostTensor; bias: HostTensor },
  products: 'float32' | 'watched' | Ranges,
): Promise<Record<string, Float32Array>> {
  const model = exportOnnx(
    (p, inputs) => ({ y: tf.add(tf.matMul(inputs.x as tf.Tensor2D, p.weight as tf.Tensor2D), p.bias) }),
    { constants: { weight, bias }, inputs: { x: { shape: x.shape } }, products },
  );
  const { Tensor } = await onnxRuntime();
  const session = await openSession(model, { threads: 1 });
  const results = await session.run({ x: new Tensor('float32', x.data, x.shape) });
  await session.release();
  return Object.fromEntries(Object.entries(results).map(([name, { data }]) => [name, data as Float32Array]));
}

/** The nearest whole number, halves to the even one, as ONNX rounds. */
function nearest(x: number): number {
  const floor = Math.floor(x);
  if (x - floor !== 0.5) return Math.round(x);
  return floor % 2 === 0 ? floor : floor + 1;
}

/** x·W + b with x in steps of the range's 255th part and each column of W in steps of its largest number's 127th. */
function byHand(x: HostTensor, weight: HostTensor, bias: HostTensor, [low, high]: readonly [number, number]): number[] {
  const [inner, columns] = weight.shape;
  const step = Math.fround((high - low) / 255);
  const zero = Math.round(-low / step);
  const bytes = Array.from(x.data, (v) => Math.max(0, Math.min(255, nearest(Math.fround(v / step)) + zero)) - zero);
  const scales = Array.from({ length: columns }, (_, c) => {
    const column = Array.from({ length: inner }, (_, k) => Math.abs(weight.data[k * columns + c]));
    return Math.fround(Math.max(...column) / 127) || 1;
  });
  return Array.from({ length: x.shape[0] * columns }, (_, i) => {
    const [row, c] = [Math.floor(i / columns), i % columns];
    let sum = 0;
    for (let k = 0; k < inner; k++)
      sum += bytes[row * inner + k] * Math.round(weight.data[k * columns + c] / scales[c]);
    return step * scales[c] * sum + bias.data[c];
  });
}

const layer = { weight: normals('w', [24, 10]), bias: hostTensor(rng(3, 'b').normals(10), [10]) };
layer.weight.data.fill(0, 0, 10);
for (let k = 0; k < 24; k++) layer.weight.data[10 * k + 4] = 0;

describe('products in 8 bits', () => {
  it('are those of whole numbers, scaled', async () => {
    const x = normals('x', [7, 24]);
    const range = [-2, 2.5] as const;
    const { y } = await run(x, layer, new Map([['weight', range]]));
    const expected = byHand(x, layer.weight, layer.bias, range);
    y.forEach((value, i) => {
      expect(value).toBeCloseTo(expected[i], 4);
    });
    const exact = (await run(x, layer, 'float32')).y;
    expect(Math.max(...y.map((value, i) => Math.abs(value - exact[i])))).toBeGreaterThan(1e-3);
  });

  it('are near the exact ones, in the range that was seen', async () => {
    const x = normals('x', [7, 24]);
    const { 'low weight': low, 'high weight': high, y: exact } = await run(x, layer, 'watched');
    expect([low[0], high[0]]).toEqual([Math.min(...x.data), Math.max(...x.data)]);
    const { y } = await run(x, layer, new Map([['weight', [low[0], high[0]]]]));
    y.forEach((value, i) => {
      expect(Math.abs(value - exact[i])).toBeLessThan(0.15);
    });
  });

  it('of a row do not depend on the other rows', async () => {
    const range = new Map([['weight', [-3, 3] as const]]);
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 2, max: 40 }), fc.integer(), async (rows, seed) => {
        const x = hostTensor(rng(seed, 'x').normals(rows * 24), [rows, 24]);
        const alone = hostTensor(x.data.slice(24, 48), [1, 24]);
        const { y } = await run(x, layer, range);
        expect((await run(alone, layer, range)).y).toEqual(y.slice(10, 20));
      }),
      { numRuns: 10 },
    );
  });

  it('without a range stay exact', async () => {
    const x = normals('x', [7, 24]);
    expect(await run(x, layer, new Map([['another', [0, 1]]]))).toEqual(await run(x, layer, 'float32'));
  });

  it('are the same without the zero point of their weights, and never cut off where two are largest', async () => {
    const [x, weight] = [hostTensor(Float32Array.of(1, 1), [1, 2]), hostTensor(Float32Array.of(1, 1), [2, 1])];
    const model = exportOnnx((p, inputs) => ({ y: tf.matMul(inputs.x as tf.Tensor2D, p.weight as tf.Tensor2D) }), {
      constants: { weight },
      inputs: { x: { shape: x.shape } },
      products: new Map([['weight', [0, 1] as const]]),
    });
    const without = withoutZeroPoints(Buffer.from(model));
    expect(without.length).toBeLessThan(model.length);
    const { Tensor } = await onnxRuntime();
    for (const one of [model, without]) {
      const session = await openSession(one, { threads: 1 });
      const { y } = await session.run({ x: new Tensor('float32', x.data, x.shape) });
      await session.release();
      expect((y.data as Float32Array)[0]).toBeCloseTo(2, 4);
    }
  });

  it('of several layers, whose zero point is one, open on every processor', async () => {
    const [x, eye] = [hostTensor(Float32Array.of(1, 1), [1, 2]), hostTensor(Float32Array.of(1, 0, 0, 1), [2, 2])];
    const product = (a: tf.Tensor, b: tf.Tensor) => tf.matMul(a as tf.Tensor2D, b as tf.Tensor2D);
    const range = [0, 1] as const;
    const model = exportOnnx((p, inputs) => ({ y: product(product(inputs.x, p.first), p.second) }), {
      constants: { first: eye, second: eye },
      inputs: { x: { shape: x.shape } },
      products: new Map([
        ['first', range],
        ['second', range],
      ]),
    });
    const { Tensor } = await onnxRuntime();
    const session = await openSession(model, { threads: 1 });
    const { y } = await session.run({ x: new Tensor('float32', x.data, x.shape) });
    await session.release();
    expect([...(y.data as Float32Array)].map((value) => Math.round(value * 1e4) / 1e4)).toEqual([1, 1]);
  });

  it('may be cut off on x64 without VNNI, or where the system does not say', () => {
    expect(mayCutSums('flags : fpu avx2 vaes', 'x64')).toBe(true);
    expect(mayCutSums('', 'x64')).toBe(true);
    expect(mayCutSums('flags : avx2 avx512f avx512_vnni', 'x64')).toBe(false);
    expect(mayCutSums('flags : avx2 avx_vnni', 'x64')).toBe(false);
    expect(mayCutSums('Features : asimd', 'arm64')).toBe(false);
  });
});
