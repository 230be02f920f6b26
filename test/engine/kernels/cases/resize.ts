import { tf } from '../../../../lib/engine/index.js';
import { type KernelCase, type KernelCases, kernelCase, LINEAR } from '../case.js';

type Resize = (x: tf.Tensor4D, size: [number, number], alignCorners?: boolean, halfPixel?: boolean) => tf.Tensor4D;
const sizes: [number, number][] = [
  [8, 10],
  [3, 4],
  [7, 2],
  [1, 1],
  [4, 5],
];
const places: [string, boolean, boolean][] = [
  ['from the corner', false, false],
  ['aligned corners', true, false],
  ['half-pixel centres', false, true],
];

const each = (kind: string, resize: Resize): [string, KernelCase][] =>
  places.flatMap(([place, alignCorners, halfPixel]) =>
    sizes.map((size): [string, KernelCase] => [
      `${kind}, ${place}, to ${size.join('×')}`,
      kernelCase({ x: [2, 4, 5, 3] }, ({ x }) => resize(x as tf.Tensor4D, size, alignCorners, halfPixel), LINEAR),
    ]),
  );

export const resize: KernelCases = Object.fromEntries([
  ...each('bilinear', tf.image.resizeBilinear),
  ...each('nearest', tf.image.resizeNearestNeighbor),
]);
