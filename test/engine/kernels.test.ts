import { describe, expect, it } from 'vitest';
import { compile, type HostTensors, hostTensor, type NamedTensors, type Step, tf } from '../../lib/engine/index.js';
import { rng } from '../../lib/random/rng.js';

/** Each case is one small function; the traced graph must give what TensorFlow.js's cpu backend gives. */
type Case = (x: tf.Tensor, y: tf.Tensor, i: tf.Tensor) => tf.Tensor;
const cases: Record<string, Case> = {
  add: (x, y) => tf.add(x, tf.slice(y, [0, 0, 0], [1, 3, 1])),
  'sub of a negation': (x, y) => tf.add(x, tf.neg(y)),
  'multiply by ones': (x) => tf.mul(tf.sum(x, 1, true), tf.ones([2, 3, 4])),
  divide: (x, y) => tf.div(x, tf.add(tf.square(y), 1)),
  'maximum, minimum': (x, y) => tf.sub(tf.maximum(x, y), tf.minimum(x, y)),
  pow: (x) => tf.pow(tf.abs(x), 1.5),
  exp: (x) => tf.exp(x),
  log: (x) => tf.log(tf.add(tf.abs(x), 0.1)),
  'sqrt, rsqrt': (x) => tf.sub(tf.sqrt(tf.abs(x)), tf.rsqrt(tf.add(tf.abs(x), 0.5))),
  'erf, tanh, sigmoid': (x) => tf.add(tf.erf(x), tf.add(tf.tanh(x), tf.sigmoid(x))),
  'relu, step': (x) => tf.add(tf.relu(x), tf.step(x, 0.2)),
  'squared difference': (x, y) => tf.squaredDifference(x, y),
  'expm1, log1p': (x) => tf.sub(tf.expm1(x), tf.log1p(tf.abs(x))),
  comparisons: (x, y) => tf.cast(tf.logicalAnd(tf.greater(x, y), tf.notEqual(x, y)), 'float32'),
  where: (x, y) => tf.where(tf.less(x, y), x, tf.zerosLike(y)),
  clip: (x) => tf.clipByValue(x, -0.5, 0.5),
  'clip of an expanded value': (x) => tf.clipByValue(tf.broadcastTo(tf.sum(x, 2, true), [2, 3, 4]), -0.5, 0.5),
  reshape: (x) => tf.reshape(tf.reshape(x, [6, 4]), [3, -1]),
  'transpose twice': (x) => tf.transpose(tf.transpose(x, [2, 0, 1]), [1, 0, 2]),
  'slice, concat': (x, y) => tf.concat([tf.slice(x, [0, 1, 0], [2, 2, 3]), tf.slice(y, [0, 0, 1], [2, 1, 3])], 1),
  'stack, unstack': (x) => tf.stack(tf.unstack(x, 1).reverse(), 0),
  split: (x) => tf.sub(tf.split(x, 2, 2)[0], tf.split(x, [1, 2, 1], 2)[1]),
  tile: (x) => tf.tile(x, [1, 2, 3]),
  pad: (x) =>
    tf.pad(
      x,
      [
        [0, 0],
        [1, 2],
        [0, 1],
      ],
      0.5,
    ),
  gather: (x, _y, i) => tf.gather(x, i, 1),
  'one-hot': (_x, _y, i) => tf.cast(tf.oneHot(tf.cast(i, 'int32'), 5, 2, -1), 'float32'),
  'sums and means': (x) => tf.add(tf.sum(x, [0, 2]), tf.mean(x, [0, 2])),
  'max, min, product': (x) => tf.add(tf.max(x, 1), tf.add(tf.min(x, 1), tf.prod(x, 1))),
  'arg max': (x) => tf.cast(tf.argMax(x, 2), 'float32'),
  'top k': (x) => tf.topk(x, 2).values,
  'cumulative sum': (x) => tf.cumsum(x, 2, true, true),
  'softmax, log softmax': (x) => tf.sub(tf.softmax(x), tf.logSoftmax(x)),
  'log-sum-exp': (x) => tf.logSumExp(x, 2),
  matmul: (x, y) => tf.matMul(x, y, false, true),
  'matmul of a transpose': (x, y) => tf.matMul(tf.transpose(x, [0, 2, 1]), y),
  moments: (x) => tf.add(tf.moments(x, 2).mean, tf.moments(x, 2).variance),
  'add n': (x, y) => tf.addN([x, y, x]),
  'a constant tensor': (x) => tf.mul(x, tf.tensor1d([1, 2, 3, 4])),
  'integer arithmetic': (_x, _y, i) => tf.cast(tf.floorDiv(tf.add(i, 3), tf.scalar(2, 'int32')), 'float32'),
};

const inputs: HostTensors = {
  x: hostTensor(rng(1, 'x').normals(24), [2, 3, 4]),
  y: hostTensor(rng(1, 'y').normals(24), [2, 3, 4]),
  i: hostTensor(Int32Array.of(2, 0, 2), [3]),
};
const specs = { x: { shape: [2, 3, 4] }, y: { shape: [2, 3, 4] }, i: { shape: [3], dtype: 'int32' as const } };

/** TensorFlow.js has no gradient for these. */
const withoutGradient = new Set([
  'comparisons',
  'where',
  'one-hot',
  'arg max',
  'top k',
  'max, min, product',
  'integer arithmetic',
]);

describe.each(Object.entries(cases))('%s', (name, fn) => {
  const smooth = !withoutGradient.has(name);

  const step: Step = (_state, { x, y, i }) => {
    const value = fn(x, y, i);
    if (!smooth) return { state: {}, outputs: { value } as NamedTensors };
    const weighted = (a: tf.Tensor, b: tf.Tensor) => {
      const out = fn(a, b, i);
      const weights = tf.reshape(tf.cos(tf.range(0, out.size)), out.shape);
      return tf.add(tf.sum(tf.mul(out, weights)), tf.mul(0, tf.add(tf.sum(a), tf.sum(b)))) as tf.Scalar;
    };
    const [dx, dy] = tf.grads(weighted)([x, y]);
    return { state: {}, outputs: { value, dx, dy } as NamedTensors };
  };

  it('gives what tfjs cpu gives, value and gradients', async () => {
    const results: HostTensors[] = [];
    for (const device of ['onnx', 'cpu'] as const) {
      const compiled = await compile(step, { inputs: specs, device });
      results.push(await compiled.run(inputs));
      await compiled.release();
    }
    const [traced, oracle] = results;
    for (const key of Object.keys(oracle)) {
      expect(traced[key].shape).toEqual(oracle[key].shape);
      expect(relativeError(traced[key].data, oracle[key].data)).toBeLessThan(1e-5);
    }
  });
});

function relativeError(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let difference = 0;
  let norm = 0;
  for (let i = 0; i < b.length; i++) {
    difference += (a[i] - b[i]) ** 2;
    norm += b[i] ** 2;
  }
  return Math.sqrt(difference / Math.max(norm, 1e-12));
}
