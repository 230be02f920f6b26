import type { NamedTensors } from '../../engine/step.js';
import { tf } from '../../engine/tf.js';
import { gelu } from '../../nn/layers.js';
import type { Rng } from '../../random/rng.js';
import { type ChannelNorm, doubling, initChannelNorm, initDoubling, joinWeights, type Weights } from './convModule.js';

/** Four levels, [B, h, w, C] each. */
export type Levels = [tf.Tensor4D, tf.Tensor4D, tf.Tensor4D, tf.Tensor4D];

export function initFeaturePyramid(rng: Rng, width: number, name = 'neck'): Weights {
  return joinWeights(
    initDoubling(rng, `${name}.upsample_4x.0`, width),
    initChannelNorm(`${name}.upsample_4x.1`, width),
    initDoubling(rng, `${name}.upsample_4x.3`, width),
    initDoubling(rng, `${name}.upsample_2x.0`, width),
  );
}

/**
 * A ViT has one grid at all depths, UperNet wants four: features after four blocks, rescaled by 4, 2, 1 and ½ with transposed
 * convolutions and a max pooling (BEiT's, and the paper's, spec §5.4). Each [B, g, g, D].
 */
export function featurePyramid(p: NamedTensors, norm: ChannelNorm, features: Levels, name = 'neck'): Levels {
  const [first, second, third, last] = features;
  const twice = norm(doubling(p, `${name}.upsample_4x.0`, first), `${name}.upsample_4x.1`);
  return [
    doubling(p, `${name}.upsample_4x.3`, gelu(twice)),
    doubling(p, `${name}.upsample_2x.0`, second),
    third,
    tf.maxPool(last, 2, 2, 'valid'),
  ];
}
