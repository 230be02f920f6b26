import { tf } from '../../../../lib/engine/index.js';
import { between, type KernelCases, kernelCase } from '../case.js';

const x = between(-8, 8, [4, 8]);

export const activation: KernelCases = {
  relu: kernelCase({ x }, (t) => tf.relu(t.x)),
  relu6: kernelCase({ x }, (t) => tf.relu6(t.x)),
  'leaky relu': kernelCase({ x }, (t) => tf.leakyRelu(t.x, 0.1)),
  prelu: kernelCase({ x, alpha: [8] }, (t) => tf.prelu(t.x, t.alpha)),
  elu: kernelCase({ x }, (t) => tf.elu(t.x)),
  selu: kernelCase({ x }, (t) => tf.selu(t.x)),
  sigmoid: kernelCase({ x }, (t) => tf.sigmoid(t.x)),
  'log sigmoid': kernelCase({ x }, (t) => tf.logSigmoid(t.x)),
  softplus: kernelCase({ x }, (t) => tf.softplus(t.x)),
  silu: kernelCase({ x }, (t) => tf.mul(t.x, tf.sigmoid(t.x))),
  gelu: kernelCase({ x }, (t) => tf.mul(t.x, tf.mul(0.5, tf.add(1, tf.erf(tf.div(t.x, Math.SQRT2)))))),
  'gelu by tanh': kernelCase({ x }, (t) => {
    const inner = tf.mul(Math.sqrt(2 / Math.PI), tf.add(t.x, tf.mul(0.044715, tf.pow(t.x, 3))));
    return tf.mul(tf.mul(0.5, t.x), tf.add(1, tf.tanh(inner)));
  }),
};
