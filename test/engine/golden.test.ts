import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { compile, hostTensor, sizeOf, tf } from '../../lib/engine/index.js';
import { alongAxis } from '../../lib/engine/kernels/alongAxis.js';
import { adaptiveAveragePool } from '../../lib/nn/adaptivePool.js';
import { bicubicMatrix } from '../../lib/synclr/positions.js';
import { kernelCase } from './kernels/case.js';
import { relativeError } from './kernels/relativeError.js';
import { specsOf, stepOf } from './kernels/step.js';

interface Golden {
  readonly inputs: number[][];
  readonly shape: number[];
  readonly value: number[];
  /** One for each input. */
  readonly gradients: number[][];
}
const golden: Record<string, Golden> = JSON.parse(readFileSync('test/engine/golden/vision.json', 'utf8'));

const border: [[number, number], [number, number], [number, number], [number, number]] = [
  [0, 0],
  [1, 1],
  [1, 1],
  [0, 0],
];
type Images = tf.Tensor4D[];

const bicubic = (x: tf.Tensor, [rows, columns]: [number, number]) =>
  alongAxis(
    alongAxis(x, bicubicMatrix(x.shape[1] as number, rows), 1),
    bicubicMatrix(x.shape[2] as number, columns),
    2,
  );

/** What golden/make.py has PyTorch compute, in this engine's terms. */
const functions: Record<string, (...x: Images) => tf.Tensor> = {
  convolution: (x, w) => tf.conv2d(x, w, 2, border),
  'transposed convolution': (x, w) => tf.conv2dTranspose(x, w, [2, 10, 8, 4], 2, border),
  'depthwise convolution': (x, w) => tf.depthwiseConv2d(x, w, 1, 'same'),
  'max pooling': (x) => tf.maxPool(x, 3, 2, 1),
  'average pooling': (x) => tf.avgPool(x, 3, 2, 1),
  'adaptive average pooling': (x) => adaptiveAveragePool(x, [3, 3]),
  'batch norm': (x, scale, offset) => {
    const { mean, variance } = tf.moments(x, [0, 1, 2]);
    const perChannel = [mean, variance, offset, scale] as tf.Tensor[] as tf.Tensor1D[];
    return tf.batchNorm(x, perChannel[0], perChannel[1], perChannel[2], perChannel[3], 1e-5);
  },
  bilinear: (x) => tf.image.resizeBilinear(x, [7, 6], false, true),
  'bilinear, aligned corners': (x) => tf.image.resizeBilinear(x, [3, 6], true),
  'bicubic, larger': (x) => bicubic(x, [7, 6]),
  'bicubic, smaller': (x) => bicubic(x, [3, 2]),
};

const wave = (shape: readonly number[], phase: number) =>
  hostTensor(
    Float32Array.from({ length: sizeOf(shape) }, (_, i) => Math.sin(phase + 0.7 * i)),
    shape,
  );

describe('operations on images', () => {
  it('are all those of the file', () => {
    expect(Object.keys(functions)).toEqual(Object.keys(golden));
  });

  for (const device of ['onnx', 'cpu'] as const) {
    it.each(Object.entries(functions))(`have PyTorch's values and gradients on ${device}: %s`, async (name, fn) => {
      const expected = golden[name];
      const names = expected.inputs.map((_, i) => `x${i}`);
      const inputs = Object.fromEntries(names.map((key, i) => [key, wave(expected.inputs[i], i)]));
      const step = stepOf(kernelCase(inputs, (t) => fn(...(names.map((key) => t[key]) as Images))));
      const compiled = await compile(step, { inputs: specsOf(inputs), device });
      const outputs = await compiled.run(inputs);
      await compiled.release();
      expect(outputs.value.shape).toEqual(expected.shape);
      expect(relativeError(outputs.value.data, expected.value)).toBeLessThan(1e-5);
      for (const [i, key] of names.entries()) {
        expect(relativeError(outputs[`gradient of ${key}`].data, expected.gradients[i])).toBeLessThan(1e-5);
      }
    });
  }
});
