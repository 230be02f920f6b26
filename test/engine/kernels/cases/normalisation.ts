import { tf } from '../../../../lib/engine/index.js';
import { between, type KernelCases, kernelCase, VALUE_ONLY } from '../case.js';

const channels = { mean: [3], variance: between(0.5, 2, [3]), offset: [3], scale: [3] };

export const normalisation: KernelCases = {
  'batch norm': kernelCase({ x: [2, 4, 5, 3], ...channels }, (t) =>
    tf.batchNorm(
      t.x,
      t.mean as tf.Tensor1D,
      t.variance as tf.Tensor1D,
      t.offset as tf.Tensor1D,
      t.scale as tf.Tensor1D,
      1e-3,
    ),
  ),
  'batch norm without scale and offset': kernelCase(
    { x: [6, 3], mean: channels.mean, variance: channels.variance },
    (t) => tf.batchNorm(t.x, t.mean as tf.Tensor1D, t.variance as tf.Tensor1D),
    VALUE_ONLY,
  ),
  'batch norm by the batch itself': kernelCase({ x: [2, 4, 5, 3], scale: [3], offset: [3] }, (t) => {
    const { mean, variance } = tf.moments(t.x, [0, 1, 2]);
    return tf.batchNorm(
      t.x,
      mean as tf.Tensor1D,
      variance as tf.Tensor1D,
      t.offset as tf.Tensor1D,
      t.scale as tf.Tensor1D,
      1e-5,
    );
  }),
  'batch norm for every element': kernelCase(
    { x: [1, 2, 2, 2], m: [1, 2, 2, 2], v: between(0.5, 2, [1, 2, 2, 2]) },
    (t) => tf.batchNorm(t.x, t.m as tf.Tensor4D, t.v as tf.Tensor4D),
    VALUE_ONLY,
  ),
};
