import { tf } from '../../../../lib/engine/index.js';
import { integers, type KernelCases, kernelCase, LINEAR, normal, VALUE_ONLY } from '../case.js';

const i = integers([2, 0, 2]);
const tuples = integers([1, 2, 0, 0, 1, 2], [3, 2]);

export const indexing: KernelCases = {
  gather: kernelCase({ x: [2, 3, 4], i }, ({ x, i }) => tf.gather(x, i, 1), LINEAR),
  'gather rows for a table of tokens': kernelCase(
    { x: [5, 4], i: integers([4, 0, 4, 1, 1, 1], [2, 3]) },
    ({ x, i }) => tf.gather(x, i),
    LINEAR,
  ),
  'gather one element': kernelCase({ x: [2, 3, 4], i: integers([1], []) }, ({ x, i }) => tf.gather(x, i, 2), LINEAR),
  'gather from each example': kernelCase(
    { x: [2, 3, 4], i: integers([2, 0, 1, 1], [2, 2]) },
    ({ x, i }) => tf.gather(x, i, 1, 1),
    LINEAR,
  ),
  'gather an inner axis of each example': kernelCase(
    { x: [2, 3, 4, 2], i: integers([2, 0, 3, 3, 1, 0], [2, 3]) },
    ({ x, i }) => tf.gather(x, i, 2, 1),
    LINEAR,
  ),
  'gather with two batch axes': kernelCase(
    { x: [2, 2, 3, 2], i: integers([2, 0, 1, 1, 0, 2, 2, 2], [2, 2, 2]) },
    ({ x, i }) => tf.gather(x, i, 2, 2),
    LINEAR,
  ),
  'gather by tuples': kernelCase({ x: [2, 3, 4], i: tuples }, ({ x, i }) => tf.gatherND(x, i), LINEAR),
  'scatter by tuples that repeat': kernelCase(
    { x: [3, 4], i: tuples },
    ({ x, i }) => tf.scatterND(i as tf.Tensor, x, [2, 3, 4] as never),
    LINEAR,
  ),
  'overwrite by tuples': kernelCase(
    { t: [4, 2], x: [2, 2], i: integers([3, 1], [2, 1]) },
    ({ t, x, i }) => tf.tensorScatterUpdate(t, i, x),
    VALUE_ONLY,
  ),
  'sparse to dense': kernelCase(
    { x: [3], i: integers([0, 1, 2, 2, 1, 0], [3, 2]), d: [] },
    ({ x, i, d }) => tf.sparseToDense(i, x, [3, 4] as never, d as tf.Scalar),
    VALUE_ONLY,
  ),
  'segment sums': kernelCase(
    { x: [5, 3], i: integers([2, 0, 2, -1, 1]) },
    ({ x, i }) => tf.unsortedSegmentSum(x, i as tf.Tensor1D, 4),
    LINEAR,
  ),
  'segment sums of many rows': kernelCase(
    { x: normal([300, 2]), i: integers(Array.from({ length: 300 }, (_, k) => ((k * 17) % 4000) - 5)) },
    ({ x, i }) => tf.unsortedSegmentSum(x, i as tf.Tensor1D, 4000),
    LINEAR,
  ),
  'segment sums of integers': kernelCase(
    { x: integers([1, 2, 3, 4, 5, 6], [3, 2]), i: integers([1, 1, 0]) },
    ({ x, i }) => tf.cast(tf.unsortedSegmentSum(x, i as tf.Tensor1D, 2), 'float32'),
  ),
  'one-hot': kernelCase({ i: integers([3, 0, 7, 1], [2, 2]) }, ({ i }) => tf.oneHot(i, 5)),
  'one-hot with values': kernelCase({ i }, (t) => tf.oneHot(t.i as tf.Tensor1D, 4, 2, -1, 'float32')),
  'one-hot times x': kernelCase({ x: [3, 4] }, ({ x }) => {
    const best = tf.argMax(x, 1) as tf.Tensor1D;
    return tf.mul(x, tf.oneHot(best, 4, 1, 0, 'float32'));
  }),
  diagonal: kernelCase({ x: [2, 2] }, ({ x }) => tf.diag(x), VALUE_ONLY),
  'counts of numbers': kernelCase({ i: integers([1, 3, 1, 9, 0]) }, ({ i }) =>
    tf.bincount(i as tf.Tensor1D, tf.tensor1d([]), 4),
  ),
  'weights of numbers': kernelCase(
    { i: integers([1, 3, 1, 9, 0, 3], [2, 3]), w: [2, 3] },
    ({ i, w }) => tf.denseBincount(i as tf.Tensor2D, w as tf.Tensor2D, 4),
    VALUE_ONLY,
  ),
  'presence of numbers': kernelCase({ i: integers([1, 1, 1, 9, 0, 3], [2, 3]) }, ({ i }) =>
    tf.denseBincount(i as tf.Tensor2D, tf.tensor2d([], [0, 0]), 4, true),
  ),
};
