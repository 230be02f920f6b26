import { sizeOf } from '../../runs/hostTensor.js';
import { tf } from '../tf.js';
import { flatten, type Matrix } from './matrices.js';

/**
 * Applies a matrix [out][in] to one axis of x, in operations of any backend: [..., in, ...] → [..., out, ...].
 * The gradient is the transposed matrix.
 */
export function alongAxis(x: tf.Tensor, matrix: Matrix, axis: number): tf.Tensor {
  const before = sizeOf(x.shape.slice(0, axis));
  const after = sizeOf(x.shape.slice(axis + 1));
  const weights = tf.tensor2d(flatten(matrix), [matrix.length, matrix[0].length]);
  const product = tf.matMul(weights, tf.reshape(x, [before, x.shape[axis], after]));
  return tf.reshape(
    product,
    x.shape.map((n, i) => (i === axis ? matrix.length : n)),
  );
}
