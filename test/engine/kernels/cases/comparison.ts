import { tf } from '../../../../lib/engine/index.js';
import { floats, integers, type KernelCase, type KernelCases, kernelCase, VALUE_ONLY, withTies } from '../case.js';

type Test = (x: tf.Tensor, y: tf.Tensor) => tf.Tensor;
const tests: Record<string, Test> = {
  equal: tf.equal,
  'not equal': tf.notEqual,
  less: tf.less,
  'less or equal': tf.lessEqual,
  greater: tf.greater,
  'greater or equal': tf.greaterEqual,
};
const combined: Record<string, Test> = { and: tf.logicalAnd, or: tf.logicalOr, xor: tf.logicalXor };
const ties = { x: withTies([3, 4]), y: floats([0, 1, -1], [3, 1]) };

const entries = <T>(record: Record<string, T>, make: (value: T) => KernelCase): KernelCases =>
  Object.fromEntries(Object.entries(record).map(([name, value]) => [name, make(value)]));

export const comparison: KernelCases = {
  ...entries(tests, (test) => kernelCase(ties, ({ x, y }) => test(x, y), VALUE_ONLY)),
  ...entries(combined, (join) => kernelCase(ties, ({ x, y }) => join(tf.less(x, y), tf.greater(x, 0)), VALUE_ONLY)),
  'comparison of integers': kernelCase({ i: integers([3, -1, 2]) }, ({ i }) => tf.logicalNot(tf.less(i, 2))),
  'is NaN, infinite, finite': kernelCase(
    { x: floats([1, 0, -1, 0]) },
    ({ x }) => {
      const odd = tf.div(x, tf.mul(x, 0));
      return tf.stack([tf.isNaN(odd), tf.isInf(odd), tf.isFinite(odd), tf.isFinite(x)]);
    },
    VALUE_ONLY,
  ),
  'is NaN times x': kernelCase({ x: [4] }, ({ x }) => {
    const asNumber = (t: tf.Tensor) => tf.cast(t, 'float32');
    return tf.mul(x, tf.add(asNumber(tf.isFinite(x)), tf.add(asNumber(tf.isNaN(x)), asNumber(tf.isInf(x)))));
  }),
  'greater or equal times x': kernelCase({ x: [4], y: [4] }, ({ x, y }) =>
    tf.mul(x, tf.cast(tf.greaterEqual(x, y), 'float32')),
  ),
  where: kernelCase({ x: [2, 3, 4], y: [3, 1] }, ({ x, y }) => tf.where(tf.less(x, y), x, tf.mul(y, 2))),
  'where conditions are combined': kernelCase({ x: withTies([3, 4]), y: [4] }, ({ x, y }) => {
    const order = tf.logicalOr(tf.lessEqual(x, y), tf.notEqual(x, 1));
    return tf.where(tf.logicalAnd(tf.logicalNot(tf.equal(x, 0)), order), tf.mul(x, 3), y);
  }),
  'where a mask': kernelCase({ x: [2, 3], y: [2, 3], m: integers([1, 0, 1, 0, 0, 1], [2, 3]) }, ({ x, y, m }) =>
    tf.where(tf.cast(m, 'bool'), x, y),
  ),
  'where on integers': kernelCase({ i: integers([1, 5, 3]), j: integers([2, 2, 4]) }, ({ i, j }) =>
    tf.where(tf.less(i, j), i, j),
  ),
  casts: kernelCase(
    { x: floats([-1.7, 0, 2.3]) },
    ({ x }) => tf.add(tf.cast(tf.cast(x, 'int32'), 'float32'), tf.cast(tf.cast(x, 'bool'), 'float32')),
    VALUE_ONLY,
  ),
  'cast and back': kernelCase({ x: [3] }, ({ x }) => tf.mul(x, tf.cast(tf.cast(tf.greater(x, 0), 'int32'), 'float32'))),
};
