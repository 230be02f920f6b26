import { tf } from '../../../../lib/engine/index.js';
import { between, floats, integers, type KernelCases, kernelCase, LINEAR, VALUE_ONLY, withTies } from '../case.js';

const x = { x: [2, 3, 4] };

export const reduction: KernelCases = {
  'sum of everything': kernelCase(x, (t) => tf.sum(t.x), LINEAR),
  'sums of axes': kernelCase(x, (t) => tf.sum(t.x, [0, 2]), LINEAR),
  'sums with kept axes': kernelCase(x, (t) => tf.sub(t.x, tf.sum(t.x, -1, true)), LINEAR),
  'sum of truths': kernelCase(x, (t) => tf.sum(tf.greater(t.x, 0), 1), VALUE_ONLY),
  means: kernelCase(x, (t) => tf.mean(t.x, [0, 2]), LINEAR),
  'max and min': kernelCase(x, (t) => tf.add(tf.max(t.x, 1), tf.min(t.x, 1))),
  'max with ties': kernelCase({ x: withTies([3, 5]) }, (t) => tf.max(t.x, 1, true)),
  'products of an axis': kernelCase(x, (t) => tf.prod(t.x, 2)),
  'products of axes': kernelCase({ x: between(0.5, 1.5, [2, 3, 4]) }, (t) => tf.prod(t.x, [0, 2])),
  'all, any': kernelCase(
    { x: floats([1, 1, 0, 1, 0, 0], [3, 2]) },
    (t) => tf.stack([tf.all(tf.cast(t.x, 'bool'), 1), tf.any(tf.cast(t.x, 'bool'), 1)]),
    VALUE_ONLY,
  ),
  'all, any of everything': kernelCase({ i: integers([1, 0, 1]) }, ({ i }) =>
    tf.stack([tf.all(tf.cast(i, 'bool')), tf.any(tf.cast(i, 'bool'))]),
  ),
  'arg max, arg min': kernelCase(
    { x: withTies([3, 5]) },
    (t) => tf.stack([tf.argMax(t.x, 1), tf.argMin(t.x, 1)]),
    VALUE_ONLY,
  ),
  'arg max, arg min times x': kernelCase({ x: [3, 5] }, (t) => {
    const places = tf.add(tf.argMax(t.x, 0), tf.argMin(t.x, 0));
    return tf.mul(t.x, tf.cast(places, 'float32'));
  }),
  'top k values': kernelCase(x, (t) => tf.topk(t.x, 2).values, VALUE_ONLY),
  'top k places': kernelCase({ x: withTies([4, 6]) }, (t) => tf.topk(t.x, 3).indices, VALUE_ONLY),
  'cumulative sum': kernelCase(x, (t) => tf.cumsum(t.x, 2), LINEAR),
  'cumulative sum, exclusive and reverse': kernelCase(x, (t) => tf.cumsum(t.x, 2, true, true), LINEAR),
  'cumulative sum of an inner axis': kernelCase(x, (t) => tf.cumsum(t.x, 1, true), LINEAR),
  'cumulative product': kernelCase({ x: [2, 7] }, (t) => tf.cumprod(t.x, 1), VALUE_ONLY),
  'cumulative product, exclusive and reverse': kernelCase(x, (t) => tf.cumprod(t.x, 1, true, true), VALUE_ONLY),
  softmax: kernelCase(x, (t) => tf.softmax(t.x)),
  'log softmax': kernelCase(x, (t) => tf.logSoftmax(t.x)),
  'log softmax, by its kernel': kernelCase(
    x,
    (t) => tf.engine().runKernel('LogSoftmax', { logits: t.x }, { axis: -1 }),
    { oracle: (t) => tf.logSoftmax(t.x) },
  ),
  'log-sum-exp': kernelCase(x, (t) => tf.logSumExp(t.x, 1)),
  moments: kernelCase(x, (t) => tf.add(tf.moments(t.x, 2).mean, tf.moments(t.x, 2).variance)),
  norm: kernelCase(x, (t) => tf.norm(t.x, 'euclidean', -1)),
};
