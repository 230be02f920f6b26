import { alongAxis } from '../engine/kernels/alongAxis.js';
import type { Matrix } from '../engine/kernels/matrices.js';
import type { tf } from '../engine/tf.js';

export interface BicubicOptions {
  /** Widen the kernel when shrinking, so that every input counts: PyTorch's `antialias=True`. */
  antialias?: boolean;
}

/**
 * Bicubic resizing as PyTorch's `interpolate(mode='bicubic', align_corners=False)` does it, as one product for the height
 * and one for the width. TensorFlow.js has no such operation. It runs, and has a gradient, on every device.
 * x: [B, H, W, C] → [B, size[0], size[1], C]
 */
export function resizeBicubic(
  x: tf.Tensor,
  size: readonly [number, number],
  { antialias = false }: BicubicOptions = {},
): tf.Tensor {
  const matrix = antialias ? antialiasedMatrix : bicubicMatrix;
  return alongAxis(alongAxis(x, matrix(x.shape[1] as number, size[0]), 1), matrix(x.shape[2] as number, size[1]), 2);
}

/** Keys' cubic kernel. PyTorch takes a = −0.75, and −0.5 with antialiasing. */
function cubic(distance: number, a: number): number {
  const t = Math.abs(distance);
  if (t <= 1) return ((a + 2) * t - (a + 3)) * t * t + 1;
  return t < 2 ? (((t - 5) * t + 8) * t - 4) * a : 0;
}

/**
 * Four neighbours for each output; beyond the border the last pixel is repeated. [outputs][inputs]
 * @param scale inputs an output is away from the next
 */
export function bicubicMatrix(inputs: number, outputs: number, { scale = inputs / outputs } = {}): Matrix {
  return Array.from({ length: outputs }, (_, o) => {
    const source = scale * (o + 0.5) - 0.5;
    const row = new Float32Array(inputs);
    for (let i = Math.floor(source) - 1; i <= Math.floor(source) + 2; i++) {
      row[Math.max(0, Math.min(inputs - 1, i))] += cubic(source - i, -0.75);
    }
    return row;
  });
}

/** All inputs below a kernel that is as wide as `scale` pixels when shrinking, with weights that sum to one. */
function antialiasedMatrix(inputs: number, outputs: number): Matrix {
  const scale = inputs / outputs;
  const width = Math.max(1, scale);
  return Array.from({ length: outputs }, (_, o) => {
    const centre = scale * (o + 0.5);
    const from = Math.max(0, Math.trunc(centre - 2 * width + 0.5));
    const to = Math.min(inputs, Math.trunc(centre + 2 * width + 0.5));
    const row = new Float64Array(inputs);
    for (let i = from; i < to; i++) row[i] = cubic((i - centre + 0.5) / width, -0.5);
    const sum = row.reduce((total, weight) => total + weight, 0);
    return Float32Array.from(row, (weight) => weight / sum);
  });
}
