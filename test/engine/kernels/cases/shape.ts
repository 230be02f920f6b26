import { tf } from '../../../../lib/engine/index.js';
import { integers, type KernelCases, kernelCase, LINEAR } from '../case.js';

const x = { x: [2, 3, 4] };
const xy = { x: [2, 3, 4], y: [2, 3, 4] };

const none: [number, number] = [0, 0];
const rightColumn = [none, [0, 1]];
const lastRowFirstColumn = [
  [0, 1],
  [1, 0],
];

export const shape: KernelCases = {
  clone: kernelCase(x, (t) => tf.clone(t.x), LINEAR),
  reshape: kernelCase(x, (t) => tf.reshape(tf.reshape(t.x, [6, 4]), [3, -1]), LINEAR),
  'expand dims, squeeze': kernelCase(x, (t) => tf.squeeze(tf.expandDims(tf.sin(t.x), -1))),
  transpose: kernelCase(x, (t) => tf.transpose(t.x), LINEAR),
  'transpose twice': kernelCase(x, (t) => tf.transpose(tf.transpose(t.x, [2, 0, 1]), [1, 0, 2]), LINEAR),
  'broadcast to': kernelCase({ x: [3, 1] }, (t) => tf.broadcastTo(t.x, [2, 3, 4]), LINEAR),
  'broadcast, by its kernel': kernelCase(
    { x: [1, 3, 1] },
    ({ x }) => tf.engine().runKernel('BroadcastTo', { x }, { shape: [2, 3, 4], inputShape: [1, 3, 1] }),
    { ...LINEAR, oracle: ({ x }) => tf.broadcastTo(x, [2, 3, 4]) },
  ),
  tile: kernelCase(x, (t) => tf.tile(t.x, [1, 2, 3]), LINEAR),
  'slice, concat': kernelCase(xy, ({ x, y }) =>
    tf.concat([tf.slice(x, [0, 1, 0], [2, 2, 3]), tf.slice(y, [0, 0, 1], [2, 1, 3])], 1),
  ),
  'slice to the end': kernelCase(x, (t) => tf.slice(t.x, [1, 0, 2]), LINEAR),
  'stack, unstack': kernelCase(x, (t) => tf.stack([...tf.unstack(t.x, 1)].reverse(), 0), LINEAR),
  'stack at the end': kernelCase(xy, ({ x, y }) => tf.stack([x, y], -1)),
  split: kernelCase(x, (t) => tf.sub(tf.split(t.x, 2, 2)[0], tf.split(t.x, [1, 2, 1], 2)[1]), LINEAR),
  'strided slice': kernelCase({ x: [5, 6] }, (t) => tf.stridedSlice(t.x, [0, 1], [5, 6], [2, 3]), LINEAR),
  'strided slice backwards': kernelCase({ x: [5, 6] }, (t) => tf.stridedSlice(t.x, [4, 5], [0, 0], [-3, -2]), LINEAR),
  'strided slice through the start': kernelCase(
    { x: [5, 3] },
    (t) => tf.stridedSlice(t.x, [4, 0], [0, 3], [-2, 1], 0, 1),
    LINEAR,
  ),
  'strided slice with masks': kernelCase(
    { x: [4, 5, 3] },
    (t) => tf.stridedSlice(t.x, [1, 9, 0], [2, 5, 9], [1, 2, 1], 2, 4, 0, 0, 1),
    { ...LINEAR, oracle: (t) => tf.gather(tf.squeeze(tf.slice(t.x, [1], [1]), [0]), [0, 2, 4], 0) },
  ),
  reverse: kernelCase(x, (t) => tf.reverse(t.x, [0, 2]), LINEAR),
  'flip left to right': kernelCase({ x: [2, 3, 4, 2] }, (t) => tf.image.flipLeftRight(t.x as tf.Tensor4D), {
    gradients: [],
  }),
  'pad with a number': kernelCase(x, (t) =>
    tf.pad(
      t.x,
      [
        [0, 0],
        [1, 2],
        [0, 1],
      ],
      0.5,
    ),
  ),
  'pad by reflection': kernelCase(
    { x: [4, 5] },
    (t) =>
      tf.mirrorPad(
        t.x,
        [
          [1, 2],
          [3, 0],
        ],
        'reflect',
      ),
    LINEAR,
  ),
  'pad symmetrically': kernelCase(
    { x: [4, 5] },
    (t) =>
      tf.mirrorPad(
        t.x,
        [
          [2, 1],
          [0, 5],
        ],
        'symmetric',
      ),
    LINEAR,
  ),
  'space to batch': kernelCase({ x: [1, 4, 5, 2] }, (t) => tf.spaceToBatchND(t.x, [2, 3], rightColumn), {
    ...LINEAR,
    oracle: ({ x }) => {
      const blocks = tf.reshape(tf.pad(x, [none, none, [0, 1], none]), [1, 2, 2, 2, 3, 2]);
      return tf.reshape(tf.transpose(blocks, [2, 4, 0, 1, 3, 5]), [6, 2, 2, 2]);
    },
  }),
  'batch to space': kernelCase({ x: [6, 2, 2, 2] }, (t) => tf.batchToSpaceND(t.x, [2, 3], lastRowFirstColumn), {
    ...LINEAR,
    oracle: ({ x }) => {
      const whole = tf.transpose(tf.reshape(x, [2, 3, 1, 2, 2, 2]), [2, 3, 0, 4, 1, 5]);
      return tf.slice(tf.reshape(whole, [1, 4, 6, 2]), [0, 0, 1, 0], [1, 3, 5, 2]);
    },
  }),
  'depth to space': kernelCase({ x: [2, 3, 2, 8] }, (t) => tf.depthToSpace(t.x as tf.Tensor4D, 2), LINEAR),
  'ranges and fills': kernelCase({ x: [5] }, (t) => {
    const line = tf.add(tf.linspace(-1, 1, 5), tf.range(5, 0, -1));
    return tf.mul(t.x, tf.add(line, tf.add(tf.onesLike(t.x), tf.fill([5], 0.25))));
  }),
  'zeros like': kernelCase(x, (t) => tf.add(t.x, tf.zerosLike(t.x)), LINEAR),
  'a constant tensor': kernelCase(x, (t) => tf.mul(t.x, tf.tensor1d([1, 2, 3, 4])), LINEAR),
  'shapes of integers': kernelCase({ i: integers([1, 2, 3, 4, 5, 6], [2, 3]) }, ({ i }) =>
    tf.concat(
      [
        tf.reverse(tf.tile(i, [1, 2]), 1),
        tf.pad(tf.transpose(tf.slice(i, [0, 1])), [
          [0, 0],
          [2, 2],
        ]),
      ],
      0,
    ),
  ),
};
