import { tf } from '../../../../lib/engine/index.js';
import { integers, type KernelCases, kernelCase } from '../case.js';

const image = (t: tf.Tensor) => t as tf.Tensor4D;

/** Softmax cross-entropy of logits [N, C] with class numbers [N]. */
function crossEntropy(logits: tf.Tensor, labels: tf.Tensor): tf.Tensor {
  const picked = tf.mul(
    tf.oneHot(labels as tf.Tensor1D, logits.shape[1] as number, 1, 0, 'float32'),
    tf.logSoftmax(logits),
  );
  return tf.neg(tf.mean(tf.sum(picked, 1)));
}

/** Sinkhorn-Knopp, as in SwAV: scores [N, K] → assignments whose rows sum to one and whose columns are balanced. */
function sinkhorn(scores: tf.Tensor, rounds: number): tf.Tensor {
  let q = tf.exp(tf.div(scores, 0.5));
  for (let i = 0; i < rounds; i++) {
    q = tf.div(q, tf.sum(q, 0, true));
    q = tf.div(q, tf.sum(q, 1, true));
  }
  return q;
}

export const composite: KernelCases = {
  attention: kernelCase({ q: [2, 2, 5, 4], k: [2, 2, 5, 4], v: [2, 2, 5, 4] }, ({ q, k, v }) =>
    tf.matMul(tf.softmax(tf.mul(tf.matMul(q, k, false, true), 0.5)), v),
  ),
  'layer norm': kernelCase({ x: [3, 4, 8], scale: [8], offset: [8] }, ({ x, scale, offset }) => {
    const { mean, variance } = tf.moments(x, -1, true);
    return tf.add(tf.mul(tf.mul(tf.sub(x, mean), tf.rsqrt(tf.add(variance, 1e-6))), scale), offset);
  }),
  'patch embedding': kernelCase({ x: [2, 8, 8, 3], filter: [4, 4, 3, 5] }, ({ x, filter }) =>
    tf.reshape(tf.conv2d(image(x), image(filter), 4, 'valid'), [2, 4, 5]),
  ),
  'unit rows and contrast': kernelCase({ x: [6, 4] }, ({ x }) => {
    const z = tf.div(x, tf.norm(x, 'euclidean', 1, true));
    return tf.logSoftmax(tf.div(tf.matMul(z, z, false, true), 0.5));
  }),
  'Sinkhorn-Knopp': kernelCase({ x: [6, 4] }, ({ x }) => sinkhorn(x, 3)),
  'cross-entropy': kernelCase({ x: [5, 3], labels: integers([0, 2, 1, 1, 0]) }, ({ x, labels }) =>
    crossEntropy(x, labels),
  ),
  'masked mean of tokens': kernelCase({ x: [2, 4, 3], m: integers([1, 0, 1, 1, 0, 0, 1, 0], [2, 4]) }, ({ x, m }) => {
    const kept = tf.expandDims(tf.cast(m, 'float32'), 2);
    return tf.div(tf.sum(tf.mul(x, kept), 1), tf.sum(kept, 1));
  }),
  'tokens kept by each image': kernelCase({ x: [2, 4, 3], i: integers([3, 1, 0, 2], [2, 2]) }, ({ x, i }) =>
    tf.tanh(tf.gather(x, i, 1, 1)),
  ),
  'modulated block of a DiT': kernelCase({ x: [2, 4, 6], c: [2, 12] }, ({ x, c }) => {
    const [shift, scale] = tf.split(tf.expandDims(tf.mul(c, tf.sigmoid(c)), 1), 2, -1);
    return tf.add(tf.mul(x, tf.add(scale, 1)), shift);
  }),
  'convolution, batch norm and relu': kernelCase(
    { x: [2, 6, 6, 3], filter: [3, 3, 3, 4], scale: [4], offset: [4] },
    (t) => {
      const y = tf.conv2d(image(t.x), image(t.filter), 1, 'same');
      const { mean, variance } = tf.moments(y, [0, 1, 2]);
      return tf.relu(
        tf.batchNorm(y, mean as tf.Tensor1D, variance as tf.Tensor1D, t.offset as tf.Tensor1D, t.scale as tf.Tensor1D),
      );
    },
  ),
  'pyramid of features': kernelCase({ x: [1, 4, 4, 3], up: [2, 2, 3, 3], p: [1, 1, 3, 3] }, (t) => {
    const upper = tf.conv2dTranspose(image(t.x), image(t.up), [1, 8, 8, 3], 2, 'same');
    const pooled = tf.conv2d(tf.avgPool(image(t.x), 2, 2, 'valid'), image(t.p), 1, 'same');
    const lower = tf.image.resizeBilinear(pooled, [8, 8], false, true);
    return tf.maxPool(image(tf.concat([upper, lower], 3)), 2, 2, 'valid');
  }),
};
