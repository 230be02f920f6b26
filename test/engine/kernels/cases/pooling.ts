import { tf } from '../../../../lib/engine/index.js';
import { type KernelCase, type KernelCases, kernelCase, withTies } from '../case.js';

type Window = [size: number | [number, number], strides: number | [number, number], pad: 'same' | 'valid' | number];
const image = (t: tf.Tensor) => t as tf.Tensor4D;

const windows: Record<string, Window> = {
  '2×2 tiles': [2, 2, 'valid'],
  '3×3, stride 2, same': [3, 2, 'same'],
  '3×3, stride 1, same': [3, 1, 'same'],
  '3×2, strides 2 and 1, valid': [[3, 2], [2, 1], 'valid'],
  '3×3, stride 2, padding 1': [3, 2, 1],
  '2×2, stride 3, unread pixels': [2, 3, 'valid'],
  '1×1, stride 2': [1, 2, 'valid'],
  global: [[6, 7], 1, 'valid'],
};

const each = (kind: string, make: (window: Window) => KernelCase): KernelCases =>
  Object.fromEntries(Object.entries(windows).map(([name, window]) => [`${kind} ${name}`, make(window)]));

export const pooling: KernelCases = {
  ...each('average pooling', (window) =>
    kernelCase({ x: [2, 6, 7, 3] }, ({ x }) => tf.avgPool(image(x), ...window), { linear: true }),
  ),
  ...each('max pooling', (window) =>
    kernelCase({ x: [2, 6, 7, 3] }, ({ x }) => tf.maxPool(image(x), ...window), { linear: true }),
  ),
  ...each('max pooling with ties', (window) =>
    kernelCase({ x: withTies([2, 6, 7, 3]) }, ({ x }) => tf.maxPool(image(x), ...window), { linear: true }),
  ),
  'max pooling of one image': kernelCase({ x: [6, 6, 2] }, ({ x }) => tf.maxPool(x as tf.Tensor3D, 2, 2, 'valid')),
  'pooling with dilation': kernelCase(
    { x: [1, 7, 7, 2] },
    ({ x }) => tf.pool(image(x), [2, 2], 'max', 'valid', [2, 2], [1, 1]),
    {
      oracle: ({ x }) => {
        const corner = (row: number, column: number) => tf.slice(x, [0, row, column, 0], [1, 5, 5, 2]);
        return tf.maximum(tf.maximum(corner(0, 0), corner(0, 2)), tf.maximum(corner(2, 0), corner(2, 2)));
      },
    },
  ),
};
