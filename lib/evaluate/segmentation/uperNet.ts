import type { NamedTensors } from '../../engine/step.js';
import { tf } from '../../engine/tf.js';
import { adaptiveAveragePool } from '../../nn/adaptivePool.js';
import { initLinear } from '../../nn/init.js';
import { linear } from '../../nn/layers.js';
import type { Rng } from '../../random/rng.js';
import { type ChannelNorm, convModule, initConvModule, joinWeights, resizeTo, type Weights } from './convModule.js';
import type { Levels } from './featurePyramid.js';

/** UperNet's head (Xiao et al., 2018), with the names of mmsegmentation. */
export interface UperHead {
  /** of the decoder; the backbone's width in the paper (spec §5.4) */
  channels: number;
  /** grids of the pyramid pooling */
  poolScales: readonly number[];
}

const LATERALS = [0, 1, 2] as const;

export function initUperHead(
  rng: Rng,
  { width, classes, channels, poolScales }: UperHead & { width: number; classes: number },
  name = 'decode_head',
): Weights {
  const module = (part: string, input: number, kernel: 1 | 3) =>
    initConvModule(rng, `${name}.${part}`, [input, channels], kernel);
  return joinWeights(
    ...poolScales.map((_, i) => module(`psp_modules.${i}.1`, width, 1)),
    module('bottleneck', width + poolScales.length * channels, 3),
    ...LATERALS.map((i) => module(`lateral_convs.${i}`, width, 1)),
    ...LATERALS.map((i) => module(`fpn_convs.${i}`, channels, 3)),
    module('fpn_bottleneck', 4 * channels, 3),
    initClassifier(rng, `${name}.conv_seg`, channels, classes),
  );
}

/**
 * Pyramid pooling on the coarsest level, a feature pyramid over all four, and a classifier of their fusion.
 * levels: [B, h, w, width], coarser and coarser → logits [B, h, w, classes] at the finest.
 *
 * @param drop [B, channels]: dropout of whole channels before the classifier, 0 or 1/(1 − rate); leave out in use
 */
export function uperHead(
  p: NamedTensors,
  norm: ChannelNorm,
  levels: Levels,
  { poolScales, drop }: Pick<UperHead, 'poolScales'> & { drop?: tf.Tensor },
  name = 'decode_head',
): tf.Tensor4D {
  const conv = (part: string, x: tf.Tensor4D) => convModule(p, norm, `${name}.${part}`, x);
  const sizes = levels.map((level) => [level.shape[1], level.shape[2]] as const);
  const last = levels[3];
  const pooled = poolScales.map((scale, i) =>
    resizeTo(conv(`psp_modules.${i}.1`, adaptiveAveragePool(last, [scale, scale]) as tf.Tensor4D), sizes[3]),
  );
  const laterals = [
    ...LATERALS.map((i) => conv(`lateral_convs.${i}`, levels[i])),
    conv('bottleneck', tf.concat([last, ...pooled], 3)),
  ];
  for (let i = 3; i > 0; i--) laterals[i - 1] = tf.add(laterals[i - 1], resizeTo(laterals[i], sizes[i - 1]));
  const fused = [...LATERALS.map((i) => conv(`fpn_convs.${i}`, laterals[i])), laterals[3]];
  const finest = fused.map((level) => resizeTo(level, sizes[0]));
  return classifyPixels(p, `${name}.conv_seg`, conv('fpn_bottleneck', tf.concat(finest, 3)), drop);
}

/** A 1 × 1 convolution, normal with deviation 0.01. */
export function initClassifier(rng: Rng, name: string, channels: number, classes: number): Weights {
  return { params: initLinear(rng, name, channels, classes, { std: 0.01 }), stats: {} };
}

/** x: [B, h, w, C] → [B, h, w, classes]; `drop`: [B, C]. */
export function classifyPixels(p: NamedTensors, name: string, x: tf.Tensor4D, drop?: tf.Tensor): tf.Tensor4D {
  const [batch, , , channels] = x.shape;
  const kept = drop ? tf.mul(x, tf.reshape(drop, [batch, 1, 1, channels])) : x;
  return linear(p, name, kept) as tf.Tensor4D;
}
