import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compile, type HostTensors, tf } from '../../lib/engine/index.js';
import { integers, type KernelCase, kernelCase, LINEAR, normal, VALUE_ONLY, withTies } from './kernels/case.js';
import { type Geometry, naiveConvolution } from './kernels/naiveConvolution.js';
import { relativeError } from './kernels/relativeError.js';
import { specsOf, stepOf } from './kernels/step.js';

async function traced(kernel: KernelCase): Promise<HostTensors> {
  const compiled = await compile(stepOf(kernel), { inputs: specsOf(kernel.inputs), device: 'onnx' });
  const outputs = await compiled.run(kernel.inputs);
  await compiled.release();
  return outputs;
}

const image = (t: tf.Tensor) => t as tf.Tensor4D;
const sum = (data: ArrayLike<number>) => Array.from(data).reduce((total, x) => total + x, 0);
const few = { numRuns: 25 };
const size = fc.integer({ min: 1, max: 9 });
const small = fc.integer({ min: 1, max: 4 });

const geometries: fc.Arbitrary<Geometry> = fc.record({
  stride: fc.integer({ min: 1, max: 3 }),
  dilation: fc.integer({ min: 1, max: 2 }),
  pad: fc.tuple(fc.integer({ min: 0, max: 2 }), fc.integer({ min: 0, max: 2 })),
});

describe('a convolution', () => {
  it('is the loops of its definition, and its gradients are its adjoints', async () => {
    await fc.assert(
      fc.asyncProperty(size, size, small, small, small, small, geometries, async (h, w, kh, kw, i, o, geometry) => {
        const { stride, pad } = geometry;
        // TensorFlow.js has either strides or dilations, and no gradient of the latter.
        const dilation = stride > 1 ? 1 : geometry.dilation;
        const reach = (kernel: number) => (kernel - 1) * dilation + 1;
        fc.pre(h + pad[0] + pad[1] >= reach(kh) && w + pad[0] + pad[1] >= reach(kw));
        const inputs = { x: normal([2, h, w, i]), filter: normal([kh, kw, i, o], 'filter') };
        const border: [number, number] = [...pad];
        const outputs = await traced(
          kernelCase(
            inputs,
            (t) => tf.conv2d(image(t.x), image(t.filter), stride, [[0, 0], border, border, [0, 0]], 'NHWC', dilation),
            dilation > 1 ? VALUE_ONLY : LINEAR,
          ),
        );
        const expected = naiveConvolution(inputs.x, inputs.filter, { stride, dilation, pad });
        expect(outputs.value.shape).toEqual(expected.shape);
        expect(relativeError(outputs.value.data, expected.data)).toBeLessThan(1e-5);
        if (dilation > 1) return;
        for (const [name, { data }] of Object.entries(inputs)) {
          const gradient = outputs[`gradient of ${name}`].data;
          const product = sum(Array.from(gradient, (g, k) => g * data[k]));
          expect(product).toBeCloseTo(outputs.loss.data[0], 3);
        }
      }),
      few,
    );
  });
});

describe('max pooling', () => {
  it('gives every gradient to one input of its window, also among equals', async () => {
    await fc.assert(
      fc.asyncProperty(size, size, small, small, async (h, w, kernel, stride) => {
        fc.pre(h >= kernel && w >= kernel);
        const inputs = { x: withTies([1, h, w, 2]) };
        const { value, ...rest } = await traced(
          kernelCase(inputs, ({ x }) => tf.maxPool(image(x), kernel, stride, 'valid')),
        );
        const weights = Array.from(value.data, (_, k) => Math.cos(k));
        const gradient = rest['gradient of x'].data;
        expect(sum(gradient)).toBeCloseTo(sum(weights), 4);
        expect(gradient.filter((g) => g !== 0).length).toBeLessThanOrEqual(value.data.length);
      }),
      few,
    );
  });
});

describe('resizing', () => {
  it('keeps an image of one colour', async () => {
    const methods = [tf.image.resizeBilinear, tf.image.resizeNearestNeighbor] as const;
    await fc.assert(
      fc.asyncProperty(
        size,
        size,
        size,
        size,
        fc.constantFrom(0, 1),
        fc.boolean(),
        async (h, w, h2, w2, m, centred) => {
          const x = kernelCase(
            { x: [1, h, w, 1] },
            (t) => methods[m](image(tf.onesLike(tf.mul(t.x, 0))), [h2, w2], !centred, centred),
            VALUE_ONLY,
          );
          const { value } = await traced(x);
          expect(value.shape).toEqual([1, h2, w2, 1]);
          for (const y of value.data) expect(y).toBeCloseTo(1, 6);
        },
      ),
      few,
    );
  });
});

describe('indexing', () => {
  it('scatters back what it gathered in any order', async () => {
    await fc.assert(
      fc.asyncProperty(fc.shuffledSubarray([0, 1, 2, 3, 4, 5, 6], { minLength: 7 }), async (order) => {
        const x = normal([7, 3]);
        const { value } = await traced(
          kernelCase({ x, i: integers(order, [7, 1]) }, (t) =>
            tf.scatterND(t.i, tf.gatherND(t.x, t.i), [7, 3] as never),
          ),
        );
        expect([...value.data]).toEqual([...x.data]);
      }),
      few,
    );
  });

  it('strides as a loop does', async () => {
    const step = fc.integer({ min: -4, max: 4 }).filter((n) => n !== 0);
    await fc.assert(
      fc.asyncProperty(fc.nat(8), fc.nat(8), step, async (begin, end, stride) => {
        const expected: number[] = [];
        const x = normal([9]);
        for (let i = begin; stride > 0 ? i < end : i > end; i += stride) expected.push(x.data[i]);
        fc.pre(expected.length > 0);
        const { value } = await traced(kernelCase({ x }, (t) => tf.stridedSlice(t.x, [begin], [end], [stride])));
        expect([...value.data]).toEqual(expected);
      }),
      few,
    );
  });
});

describe('running products', () => {
  it('are the loop, for every length', async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 20 }), fc.boolean(), fc.boolean(), async (n, exclusive, reverse) => {
        const x = normal([n]);
        const { value } = await traced(kernelCase({ x }, (t) => tf.cumprod(t.x, 0, exclusive, reverse), VALUE_ONLY));
        const places = Array.from({ length: n }, (_, i) => (reverse ? n - 1 - i : i));
        const expected = new Float64Array(n);
        let product = 1;
        for (const i of places) {
          expected[i] = exclusive ? product : product * x.data[i];
          product *= x.data[i];
        }
        expect(relativeError(value.data, expected)).toBeLessThan(1e-5);
      }),
      few,
    );
  });
});
