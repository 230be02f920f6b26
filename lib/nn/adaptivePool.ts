import { alongAxis } from '../engine/kernels/alongAxis.js';
import type { Matrix } from '../engine/kernels/matrices.js';
import type { tf } from '../engine/tf.js';

/**
 * Means over a grid of regions that cover the image, whatever its size: PyTorch's `AdaptiveAvgPool2d`. Region i of n takes
 * the pixels from ⌊i·H/n⌋ to ⌈(i+1)·H/n⌉, so that neighbours may share some.
 * x: [B, H, W, C] → [B, size[0], size[1], C]
 */
export function adaptiveAveragePool(x: tf.Tensor, size: readonly [number, number]): tf.Tensor {
  const [, height, width] = x.shape as number[];
  return alongAxis(alongAxis(x, regionMatrix(height, size[0]), 1), regionMatrix(width, size[1]), 2);
}

/** Row i holds the weights of region i. [outputs][inputs] */
function regionMatrix(inputs: number, outputs: number): Matrix {
  return Array.from({ length: outputs }, (_, i) => {
    const from = Math.floor((i * inputs) / outputs);
    const to = Math.ceil(((i + 1) * inputs) / outputs);
    return new Float32Array(inputs).fill(1 / (to - from), from, to);
  });
}
