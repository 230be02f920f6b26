import { tf } from '../engine/tf.js';
import { type HostTensor, zeros } from '../runs/hostTensor.js';

/**
 * Overlapping patches. A transformer whose tokens each draw their own square shows the grid of these squares. Here token
 * (i, j) reads and draws a window that reaches over its patch by a margin on every side; where windows overlap, the
 * drawings are blended with weights that sum to one. Both directions are two matrix products, rows then columns.
 */
export interface WindowGeometry {
  imageSize: number;
  patch: number;
  /** side of the window, ≥ patch and < 3·patch, with an even difference; equal to patch: no overlap */
  window: number;
}

/** [size, grid·window]: column (i, a) has a 1 at the pixel that window i sees at its place a; zero outside the image. */
export function unfoldMatrix({ imageSize, patch, window }: WindowGeometry): HostTensor {
  const grid = imageSize / patch;
  const margin = (window - patch) / 2;
  const matrix = zeros([imageSize, grid * window]);
  for (let i = 0; i < grid; i++) {
    for (let a = 0; a < window; a++) {
      const pixel = i * patch + a - margin;
      if (pixel >= 0 && pixel < imageSize) matrix.data[pixel * grid * window + i * window + a] = 1;
    }
  }
  return matrix;
}

/**
 * [grid·window, size]: the transpose of `unfoldMatrix` with a tent over each window's edge, scaled so that the weights
 * of the windows over a pixel sum to one.
 */
export function foldMatrix(geometry: WindowGeometry): HostTensor {
  const { imageSize, patch, window } = geometry;
  const columns = (imageSize / patch) * window;
  const margin = (window - patch) / 2;
  const unfold = unfoldMatrix(geometry);
  const matrix = zeros([columns, imageSize]);
  for (let pixel = 0; pixel < imageSize; pixel++) {
    const weights = new Float64Array(columns);
    let sum = 0;
    for (let c = 0; c < columns; c++) {
      const a = c % window;
      const tent = Math.min(1, (Math.min(a, window - 1 - a) + 0.5) / (2 * margin || 0.5));
      weights[c] = unfold.data[pixel * columns + c] * tent;
      sum += weights[c];
    }
    for (let c = 0; c < columns; c++) matrix.data[c * imageSize + pixel] = weights[c] / sum;
  }
  return matrix;
}

/** Images to windows: [B, 3, S, S] → [B, grid², 3·window²]. `unfold`: `unfoldMatrix`. */
export function toWindows(
  images: tf.Tensor,
  unfold: tf.Tensor,
  { imageSize, patch, window }: WindowGeometry,
): tf.Tensor {
  const batch = images.shape[0];
  const grid = imageSize / patch;
  const matrix = unfold as tf.Tensor2D;
  const across = tf.matMul(tf.reshape<tf.Rank.R2>(images, [batch * 3 * imageSize, imageSize]), matrix);
  const both = leftProduct(matrix, tf.reshape(across, [batch * 3, imageSize, grid * window]));
  // [B, 3, row, down, column, across] → [B, row, column, 3, down, across]: the last axis stays, so rows are moved whole.
  const split = tf.transpose(tf.reshape(both, [batch, 3, grid, window, grid, window]), [0, 2, 4, 1, 3, 5]);
  return tf.reshape(split, [batch, grid * grid, 3 * window * window]);
}

/** Windows to images: [B, grid², 3·window²] → [B, 3, S, S], blended. `fold`: `foldMatrix`. */
export function fromWindows(
  windows: tf.Tensor,
  fold: tf.Tensor,
  { imageSize, patch, window }: WindowGeometry,
): tf.Tensor {
  const batch = windows.shape[0];
  const grid = imageSize / patch;
  const matrix = fold as tf.Tensor2D;
  // [B, row, column, 3, down, across] → [B, 3, row, down, column, across]
  const split = tf.transpose(tf.reshape(windows, [batch, grid, grid, 3, window, window]), [0, 3, 1, 4, 2, 5]);
  const rows = tf.matMul(tf.reshape<tf.Rank.R2>(split, [batch * 3 * grid * window, grid * window]), matrix);
  const both = leftProduct(matrix, tf.reshape(rows, [batch * 3, grid * window, imageSize]));
  return tf.reshape(both, [batch, 3, imageSize, imageSize]);
}

/** matrixᵀ·x for every x of a batch. matrix: [M, N], x: [B, M, K] → [B, N, K]. */
function leftProduct(matrix: tf.Tensor2D, x: tf.Tensor3D): tf.Tensor3D {
  return tf.matMul(tf.expandDims<tf.Tensor3D>(matrix, 0), x, true, false);
}
