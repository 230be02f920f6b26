import { tf } from '../../../../lib/engine/index.js';
import { between, floats, integers, type KernelCases, kernelCase, LINEAR, VALUE_ONLY } from '../case.js';

const xy = { x: [2, 3, 4], y: [2, 3, 4] };
const broadcast = { x: [2, 3, 4], y: [3, 1] };

export const arithmetic: KernelCases = {
  add: kernelCase({ x: [2, 3, 4], y: [1, 3, 1] }, ({ x, y }) => tf.add(x, y)),
  'add a scalar': kernelCase({ x: [3, 4], y: [] }, ({ x, y }) => tf.add(x, y)),
  'add a negation': kernelCase(xy, ({ x, y }) => tf.add(x, tf.neg(y))),
  'add zero, multiply by one': kernelCase({ x: [2, 3] }, ({ x }) => tf.mul(tf.add(x, tf.zeros([4, 2, 3])), 1)),
  subtract: kernelCase(broadcast, ({ x, y }) => tf.sub(y, x)),
  multiply: kernelCase(broadcast, ({ x, y }) => tf.mul(x, y), LINEAR),
  'multiply by ones': kernelCase({ x: [2, 3, 4] }, ({ x }) => tf.mul(tf.sum(x, 1, true), tf.ones([2, 3, 4])), LINEAR),
  divide: kernelCase(broadcast, ({ x, y }) => tf.div(x, tf.add(tf.square(y), 1))),
  'divide without NaN': kernelCase(
    { x: [2, 3], y: floats([1, 0, -2, 0, 3, 4], [2, 3]) },
    ({ x, y }) => tf.divNoNan(x, y),
    VALUE_ONLY,
  ),
  'maximum, minimum': kernelCase(broadcast, ({ x, y }) => tf.sub(tf.maximum(x, y), tf.minimum(x, y))),
  'power by a number': kernelCase({ x: between(0.1, 3, [2, 5]) }, ({ x }) => tf.pow(x, 1.5)),
  'power by a tensor': kernelCase({ x: between(0.1, 3, [2, 5]), y: [5] }, ({ x, y }) => tf.pow(x, y)),
  'squared difference': kernelCase(broadcast, ({ x, y }) => tf.squaredDifference(x, y)),
  'add n': kernelCase(xy, ({ x, y }) => tf.addN([x, y, x])),
  atan2: kernelCase(broadcast, ({ x, y }) => tf.atan2(x, y)),
  'atan2 on the axes': kernelCase(
    { x: floats([0, 0, 0, 1, -1, 2]), y: floats([0, 1, -1, 0, 0, -3]) },
    ({ x, y }) => tf.atan2(x, y),
    VALUE_ONLY,
  ),
  remainder: kernelCase({ x: floats([5.5, -5.5, 5.5, -5.5, 0, 7.25]), y: floats([2, 2, -2, -2, 3, 0.5]) }, ({ x, y }) =>
    tf.mod(x, y),
  ),
  'integer remainder': kernelCase(
    { x: integers([7, -7, 7, -7, 6, 0]), y: integers([3, 3, -3, -3, 3, 2]) },
    ({ x, y }) => tf.mod(x, y),
  ),
  'floor of a division': kernelCase({ x: between(-9, 9, [4, 3]) }, ({ x }) =>
    tf.mul(tf.cast(tf.floorDiv(x, 2.5), 'float32'), x),
  ),
  'integer arithmetic': kernelCase({ i: integers([2, 0, -3, 16777217]) }, ({ i }) =>
    tf.floorDiv(tf.sub(tf.mul(i, tf.scalar(3, 'int32')), tf.neg(i)), tf.scalar(4, 'int32')),
  ),
  'integer division by negatives': kernelCase(
    { x: integers([7, -7, 7, -7, 6, 2147483647]), y: integers([3, 3, -3, -3, 3, 2]) },
    ({ x, y }) => tf.floorDiv(x, y),
  ),
  'bitwise and': kernelCase({ x: integers([5, 6, 7, 12]), y: integers([3, 3, 12, 10]) }, ({ x, y }) =>
    tf.bitwiseAnd(x, y),
  ),
};
