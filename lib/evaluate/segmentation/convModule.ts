import type { NamedTensors } from '../../engine/step.js';
import { tf } from '../../engine/tf.js';
import { fanInUniform, filled } from '../../nn/init.js';
import { linear } from '../../nn/layers.js';
import type { Rng } from '../../random/rng.js';
import { type HostTensors, hostTensor, sizeOf, zeros } from '../../runs/hostTensor.js';

/**
 * BatchNorm over images and places, [B, H, W, C] → [B, H, W, C], affine. In training it takes the statistics of the batch and
 * notes running ones; in use, those. On one machine there is nothing to synchronise.
 */
export type ChannelNorm = (x: tf.Tensor4D, name: string) => tf.Tensor4D;

const EPS = 1e-5;

/** @param next gets the running statistics after this step, `${name}.running_mean` and `.running_var` (PyTorch's momentum 0.1) */
export function trainingNorm(p: NamedTensors, stats: NamedTensors, next: NamedTensors): ChannelNorm {
  return (x, name) => {
    const mean = tf.mean(x, [0, 1, 2], true);
    const centred = tf.sub(x, mean);
    const variance = tf.mean(tf.square(centred), [0, 1, 2], true);
    const count = sizeOf(x.shape.slice(0, 3));
    const follow = (key: string, value: tf.Tensor) => {
      next[key] = tf.add(tf.mul(stats[key], 0.9), tf.mul(tf.reshape(value, [-1]), 0.1));
    };
    follow(`${name}.running_mean`, mean);
    follow(`${name}.running_var`, tf.mul(variance, count / Math.max(1, count - 1)));
    return affine(p, name, tf.mul(centred, tf.rsqrt(tf.add(variance, EPS))));
  };
}

export function runningNorm(p: NamedTensors, stats: NamedTensors): ChannelNorm {
  return (x, name) => {
    const inverse = tf.rsqrt(tf.add(stats[`${name}.running_var`], EPS));
    return affine(p, name, tf.mul(tf.sub(x, stats[`${name}.running_mean`]), inverse));
  };
}

function affine(p: NamedTensors, name: string, x: tf.Tensor): tf.Tensor4D {
  return tf.add(tf.mul(x, p[`${name}.weight`]), p[`${name}.bias`]) as tf.Tensor4D;
}

/** Parameters and running statistics; a head has both. */
export interface Weights {
  params: HostTensors;
  stats: HostTensors;
}

export const joinWeights = (...parts: Weights[]): Weights => ({
  params: Object.assign({}, ...parts.map(({ params }) => params)),
  stats: Object.assign({}, ...parts.map(({ stats }) => stats)),
});

export function initChannelNorm(name: string, channels: number): Weights {
  return {
    params: { [`${name}.weight`]: filled([channels], 1), [`${name}.bias`]: zeros([channels]) },
    stats: { [`${name}.running_mean`]: zeros([channels]), [`${name}.running_var`]: filled([channels], 1) },
  };
}

/** Convolution without bias, norm, ReLU. The weight is [kernel, kernel, in, out], He's normal over outputs as in mmcv. */
export function initConvModule(
  rng: Rng,
  name: string,
  [input, output]: readonly [number, number],
  kernel: 1 | 3,
): Weights {
  const shape = [kernel, kernel, input, output];
  const deviation = Math.sqrt(2 / (kernel * kernel * output));
  const weight = rng
    .child(name)
    .normals(sizeOf(shape))
    .map((z) => z * deviation);
  return joinWeights(
    { params: { [`${name}.conv.weight`]: hostTensor(weight, shape) }, stats: {} },
    initChannelNorm(`${name}.bn`, output),
  );
}

/** x: [B, H, W, in] → [B, H, W, out]. */
export function convModule(p: NamedTensors, norm: ChannelNorm, name: string, x: tf.Tensor4D): tf.Tensor4D {
  const weight = p[`${name}.conv.weight`] as tf.Tensor4D;
  return tf.relu(norm(tf.conv2d(x, weight, 1, 'same'), `${name}.bn`));
}

/** A transposed convolution of kernel and stride 2: each pixel becomes four. `weight`: [in, 2·2·out]. */
export function initDoubling(rng: Rng, name: string, channels: number): Weights {
  const fan = 4 * channels;
  const weight = fanInUniform(rng.child(`${name}.weight`), [channels, fan], fan);
  const bias = fanInUniform(rng.child(`${name}.bias`), [channels], fan);
  return { params: { [`${name}.weight`]: weight, [`${name}.bias`]: bias }, stats: {} };
}

/** x: [B, H, W, C] → [B, 2H, 2W, C]: since windows do not overlap, a matrix product and a new order of its columns. */
export function doubling(p: NamedTensors, name: string, x: tf.Tensor4D): tf.Tensor4D {
  const [batch, height, width, channels] = x.shape;
  const product = linear({ 'up.weight': p[`${name}.weight`] }, 'up', x);
  const blocks = tf.reshape(product, [batch * height, width, 2, 2 * channels]);
  const rows = tf.transpose(blocks, [0, 2, 1, 3]);
  return tf.add(tf.reshape(rows, [batch, 2 * height, 2 * width, channels]), p[`${name}.bias`]) as tf.Tensor4D;
}

/** PyTorch's bilinear `interpolate(align_corners=False)`. x: [B, H, W, C] → [B, size[0], size[1], C]. */
export function resizeTo(x: tf.Tensor4D, size: readonly [number, number]): tf.Tensor4D {
  if (x.shape[1] === size[0] && x.shape[2] === size[1]) return x;
  return tf.image.resizeBilinear(x, [...size] as [number, number], false, true);
}
