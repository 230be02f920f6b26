import {
  type HostTensors,
  hostTensor,
  type NamedTensors,
  type Step,
  scalar,
  tf,
  zeros,
} from '../../lib/engine/index.js';
import { valueAndGrads } from '../../lib/nn/index.js';
import { rng } from '../../lib/random/rng.js';

/** Width of the toy block. */
const D = 16;
const matrix = (name: string, from: number, to: number) =>
  hostTensor(
    rng(0, name)
      .normals(from * to)
      .map((x) => x / Math.sqrt(from)),
    [from, to],
  );

/** Parameters of one block: attention with one head, and an MLP. */
export const toyParams: HostTensors = {
  query: matrix('query', D, D),
  key: matrix('key', D, D),
  value: matrix('value', D, D),
  up: matrix('up', D, 2 * D),
  bias: zeros([2 * D]),
  down: matrix('down', 2 * D, D),
};

/** Inputs: two sequences of five tokens, and a learning rate. */
export const toyInputs: HostTensors = { x: hostTensor(rng(0, 'x').normals(2 * 5 * D), [2, 5, D]), lr: scalar(0.05) };
export const toySpecs = { x: { shape: [2, 5, D] }, lr: { shape: [] } };

/** x: [B, T, D] → [B, T, D], in plain TensorFlow.js. */
function toyBlock(p: NamedTensors, x: tf.Tensor): tf.Tensor {
  const [batch, tokens] = x.shape;
  const product = (y: tf.Tensor, weight: string) =>
    tf.reshape(tf.matMul(tf.reshape<tf.Rank.R2>(y, [batch * tokens, -1]), p[weight] as tf.Tensor2D), [
      batch,
      tokens,
      -1,
    ]);
  const scores = tf.softmax(tf.matMul(product(x, 'query'), product(x, 'key'), false, true), -1);
  const attended = tf.add(x, tf.matMul(scores, product(x, 'value')));
  return tf.add(attended, product(tf.relu(tf.add(product(attended, 'up'), p.bias)), 'down'));
}

/** The block, trained by gradient descent with momentum to give the sine of its input. Outputs the gradients as well. */
export const toyStep: Step = (state, inputs) => {
  const weights = Object.fromEntries(Object.keys(toyParams).map((name) => [name, state[name]]));
  const { loss, grads } = valueAndGrads(
    (p) => ({ loss: tf.mean(tf.squaredDifference(toyBlock(p, inputs.x), tf.sin(inputs.x))) as tf.Scalar }),
    weights,
  );
  const next: NamedTensors = {};
  for (const name of Object.keys(weights)) {
    const velocity = tf.add(tf.mul(state[`v.${name}`], 0.9), grads[name]);
    next[`v.${name}`] = velocity;
    next[name] = tf.sub(weights[name], tf.mul(velocity, inputs.lr));
  }
  const gradients = Object.fromEntries(Object.entries(grads).map(([name, g]) => [`grad.${name}`, g]));
  return { state: next, outputs: { loss, ...gradients } };
};

/** Parameters, and their velocities at rest. */
export const toyState: HostTensors = {
  ...toyParams,
  ...Object.fromEntries(Object.entries(toyParams).map(([name, { shape }]) => [`v.${name}`, zeros(shape)])),
};
