import type { Matrix } from '../engine/kernels/matrices.js';
import { tf } from '../engine/tf.js';
import { type HostTensor, hostTensor } from '../runs/hostTensor.js';

/**
 * How a grid of learned positions is resized, bicubic both times. `dino`: the published code, after DINO, scales by
 * (to + 0.1)/from and samples at (i + 0.5)·from/(to + 0.1) − 0.5 (spec §4.1). `plain`: PyTorch's
 * `interpolate(size=…)`, at (i + 0.5)·from/to − 0.5.
 */
export type PositionResize = 'dino' | 'plain';

/** Keys' cubic kernel with PyTorch's a = −0.75. */
function cubic(distance: number): number {
  const a = -0.75;
  const t = Math.abs(distance);
  if (t <= 1) return ((a + 2) * t - (a + 3)) * t * t + 1;
  return t < 2 ? (((t - 5) * t + 8) * t - 4) * a : 0;
}

/**
 * Bicubic resizing along one axis, as PyTorch's `interpolate(mode='bicubic', align_corners=False)` has it: four neighbours
 * for each output; beyond the border the last pixel is repeated. [outputs][inputs]
 * @param scale inputs an output is away from the next
 */
export function bicubicMatrix(inputs: number, outputs: number, { scale = inputs / outputs } = {}): Matrix {
  return Array.from({ length: outputs }, (_, o) => {
    const source = scale * (o + 0.5) - 0.5;
    const row = new Float32Array(inputs);
    for (let i = Math.floor(source) - 1; i <= Math.floor(source) + 2; i++) {
      row[Math.max(0, Math.min(inputs - 1, i))] += cubic(source - i);
    }
    return row;
  });
}

/**
 * The matrix [rows·columns, from²] that resizes a from × from grid of position embeddings to rows × columns.
 *
 * As a matrix it is one product in the graph, and the embedding gets its gradient from the local crops.
 */
export function positionResizeMatrix(
  from: number,
  to: number | readonly [rows: number, columns: number],
  { method = 'dino' }: { method?: PositionResize } = {},
): HostTensor {
  const [rows, columns] = typeof to === 'number' ? [to, to] : to;
  const axis = (n: number) => bicubicMatrix(from, n, { scale: from / (method === 'dino' ? n + 0.1 : n) });
  const [down, across] = [axis(rows), axis(columns)];
  const data = new Float32Array(rows * columns * from * from);
  let at = 0;
  for (let row = 0; row < rows; row++)
    for (let column = 0; column < columns; column++)
      for (let i = 0; i < from; i++) for (let j = 0; j < from; j++) data[at++] = down[row][i] * across[column][j];
  return hostTensor(data, [rows * columns, from * from]);
}

/**
 * The positions of the class token, [1, 1, D], and of the patches of a grid, [1, rows·columns, D].
 *
 * embedding: [1, 1 + trained², D]
 */
export function positionsFor(
  embedding: tf.Tensor,
  grid: readonly [rows: number, columns: number],
  { trained, method }: { trained: number; method?: PositionResize },
): { cls: tf.Tensor; patches: tf.Tensor } {
  const [cls, patches] = tf.split(embedding, [1, trained * trained], 1);
  const [rows, columns] = grid;
  if (rows === trained && columns === trained) return { cls, patches };
  const resize = positionResizeMatrix(trained, grid, { method });
  const matrix = tf.tensor2d(resize.data as Float32Array, [rows * columns, trained * trained]);
  const flat = tf.reshape<tf.Rank.R2>(patches, [trained * trained, -1]);
  return { cls, patches: tf.expandDims(tf.matMul(matrix, flat), 0) };
}
