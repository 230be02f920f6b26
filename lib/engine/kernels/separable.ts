import { sizeOf } from '../../runs/hostTensor.js';
import type { Graph, Value } from '../graph.js';
import { flatten, type Matrix, transposed } from './matrices.js';

const asConstant = (graph: Graph, matrix: Matrix) =>
  graph.constant(flatten(matrix), [matrix.length, matrix[0].length], 'float32');

/** Applies a matrix [out][in] to one axis of x. */
function alongAxis(graph: Graph, x: Value, matrix: Matrix, axis: number): Value {
  const before = sizeOf(x.shape.slice(0, axis));
  const after = sizeOf(x.shape.slice(axis + 1));
  const flat = graph.reshape(x, [before, x.shape[axis], after]);
  const product = graph.node('MatMul', [asConstant(graph, matrix), flat], [before, matrix.length, after], x.dtype);
  return graph.reshape(
    product,
    x.shape.map((n, i) => (i === axis ? matrix.length : n)),
  );
}

/**
 * Applies one matrix to the height and one to the width. The axis that shrinks most goes first: it leaves the second
 * product less to do.
 * x: [B, H, W, C] → [B, rows.length, columns.length, C]
 */
export function separable(graph: Graph, x: Value, rows: Matrix, columns: Matrix): Value {
  const growth = (m: Matrix) => m.length / m[0].length;
  return growth(rows) <= growth(columns)
    ? alongAxis(graph, alongAxis(graph, x, rows, 1), columns, 2)
    : alongAxis(graph, alongAxis(graph, x, columns, 2), rows, 1);
}

/** The gradient of `separable` with respect to x. */
export const separableGradient = (graph: Graph, dy: Value, rows: Matrix, columns: Matrix): Value =>
  separable(graph, dy, transposed(rows), transposed(columns));
