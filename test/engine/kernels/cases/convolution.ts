import { tf } from '../../../../lib/engine/index.js';
import { type KernelCase, type KernelCases, kernelCase, LINEAR } from '../case.js';

type Pad = 'same' | 'valid' | number | [[0, 0], [number, number], [number, number], [0, 0]];
type Format = 'NHWC' | 'NCHW';
const image = (t: tf.Tensor) => t as tf.Tensor4D;

interface Geometry {
  size: [number, number];
  kernel: [number, number];
  strides: number | [number, number];
  pad: Pad;
  dilations?: number;
  round?: 'floor' | 'ceil';
}
const geometries: Record<string, Geometry> = {
  '3×3, same': { size: [5, 6], kernel: [3, 3], strides: 1, pad: 'same' },
  '3×3, valid': { size: [5, 6], kernel: [3, 3], strides: 1, pad: 'valid' },
  '3×3, stride 2, same': { size: [6, 7], kernel: [3, 3], strides: 2, pad: 'same' },
  '3×3, stride 2, valid, unread border': { size: [6, 8], kernel: [3, 3], strides: 2, pad: 'valid' },
  '2×3, strides 2 and 1, padding 1': { size: [5, 4], kernel: [2, 3], strides: [2, 1], pad: 1 },
  '3×2, explicit padding': {
    size: [5, 4],
    kernel: [3, 2],
    strides: [1, 2],
    pad: [
      [0, 0],
      [2, 1],
      [0, 1],
      [0, 0],
    ],
  },
  '1×1': { size: [4, 3], kernel: [1, 1], strides: 1, pad: 'same' },
  '1×1, stride 2': { size: [5, 4], kernel: [1, 1], strides: 2, pad: 'same' },
  '2×2 tiles': { size: [4, 6], kernel: [2, 2], strides: 2, pad: 'valid' },
  '7×5, many taps': { size: [9, 8], kernel: [7, 5], strides: [2, 1], pad: 'same' },
  '7×7, stride 3, unread border': { size: [12, 9], kernel: [7, 7], strides: 3, pad: 'valid' },
  'kernel larger than the image': { size: [2, 3], kernel: [5, 5], strides: 1, pad: 'same' },
};

const I = 3;
const O = 4;

function dense({ size, kernel, strides, pad, dilations }: Geometry, format: Format = 'NHWC'): KernelCase {
  const x = format === 'NHWC' ? [2, ...size, I] : [2, I, ...size];
  return kernelCase(
    { x, filter: [...kernel, I, O] },
    (t) => tf.conv2d(image(t.x), image(t.filter), strides, pad, format, dilations),
    { ...LINEAR, ...(dilations ? { gradients: [] } : {}) },
  );
}

/** The transposed convolution goes from the small image, which `strided` shrinks to, back to the large one. */
function transposedConvolution({ size, kernel, strides, pad }: Geometry): KernelCase {
  const info = tf.backend_util.computeConv2DInfo([2, ...size, I], [...kernel, I, O], strides, 1, pad);
  return kernelCase(
    { y: info.outShape, filter: [...kernel, I, O] },
    (t) => tf.conv2dTranspose(image(t.y), image(t.filter), [2, ...size, I], strides, pad),
    LINEAR,
  );
}

function depthwise({ size, kernel, strides, pad, dilations }: Geometry): KernelCase {
  return kernelCase(
    { x: [2, ...size, I], filter: [...kernel, I, 2] },
    (t) => tf.depthwiseConv2d(image(t.x), image(t.filter), strides, pad, 'NHWC', dilations),
    { ...LINEAR, ...(dilations ? { gradients: [] } : {}) },
  );
}

const all = (kind: string, make: (geometry: Geometry) => KernelCase, names = Object.keys(geometries)): KernelCases =>
  Object.fromEntries(names.map((name) => [`${kind} ${name}`, make(geometries[name])]));

const dilated: Geometry = { size: [6, 7], kernel: [3, 2], strides: 1, pad: 'same', dilations: 2 };
const squareStrides = ['3×3, same', '3×3, valid', '3×3, stride 2, same', '3×3, stride 2, valid, unread border', '1×1'];

export const convolution: KernelCases = {
  ...all('convolution', dense),
  ...all('convolution, channels first,', (g) => dense(g, 'NCHW'), [
    '3×3, stride 2, same',
    '1×1',
    '2×2 tiles',
    '7×5, many taps',
  ]),
  'convolution, dilated': dense(dilated),
  'convolution, rounded up': kernelCase(
    { x: [1, 6, 6, I], filter: [3, 3, I, O] },
    (t) => tf.conv2d(image(t.x), image(t.filter), 2, 0, 'NHWC', 1, 'ceil'),
    { gradients: [] },
  ),
  'convolution in one dimension': kernelCase(
    { x: [2, 7, I], filter: [3, I, O] },
    (t) => tf.conv1d(t.x as tf.Tensor3D, t.filter as tf.Tensor3D, 2, 'same'),
    LINEAR,
  ),
  ...all('transposed convolution', transposedConvolution),
  ...all('depthwise convolution', depthwise, squareStrides),
  'depthwise convolution, dilated': depthwise(dilated),
  'separable convolution': kernelCase(
    { x: [1, 5, 5, I], d: [3, 3, I, 2], p: [1, 1, 2 * I, O] },
    (t) => tf.separableConv2d(image(t.x), image(t.d), image(t.p), 1, 'same'),
    LINEAR,
  ),
  'fused convolution': kernelCase({ x: [2, 5, 5, I], filter: [3, 3, I, O], bias: [O] }, (t) =>
    tf.fused.conv2d({
      x: image(t.x),
      filter: image(t.filter),
      strides: 2,
      pad: 'same',
      bias: t.bias,
      activation: 'relu',
    }),
  ),
  'fused convolution, channels first': kernelCase(
    { x: [2, I, 5, 5], filter: [3, 3, I, O], bias: [O], alpha: [O] },
    (t) =>
      tf.fused.conv2d({
        x: image(t.x),
        filter: image(t.filter),
        strides: 1,
        pad: 'valid',
        dataFormat: 'NCHW',
        bias: t.bias,
        activation: 'prelu',
        preluActivationWeights: t.alpha,
      }),
    { gradients: [] },
  ),
  'fused depthwise convolution': kernelCase(
    { x: [2, 5, 5, I], filter: [3, 3, I, 2], bias: [2 * I] },
    (t) =>
      tf.fused.depthwiseConv2d({
        x: image(t.x),
        filter: image(t.filter),
        strides: 1,
        pad: 'same',
        bias: t.bias,
        activation: 'leakyrelu',
        leakyreluAlpha: 0.1,
      }),
    { gradients: [] },
  ),
};
