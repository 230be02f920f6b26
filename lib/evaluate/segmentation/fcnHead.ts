import type { NamedTensors } from '../../engine/step.js';
import type { tf } from '../../engine/tf.js';
import type { Rng } from '../../random/rng.js';
import { type ChannelNorm, convModule, initConvModule, joinWeights, type Weights } from './convModule.js';
import { classifyPixels, initClassifier } from './uperNet.js';

/** One 3 × 3 convolution and a classifier: the auxiliary head of UperNet in mmsegmentation. */
export function initFcnHead(
  rng: Rng,
  { width, channels, classes }: { width: number; channels: number; classes: number },
  name = 'auxiliary_head',
): Weights {
  return joinWeights(
    initConvModule(rng, `${name}.convs.0`, [width, channels], 3),
    initClassifier(rng, `${name}.conv_seg`, channels, classes),
  );
}

/** x: [B, h, w, width] → logits [B, h, w, classes]. @param drop [B, channels], see `uperHead` */
export function fcnHead(
  p: NamedTensors,
  norm: ChannelNorm,
  x: tf.Tensor4D,
  { drop }: { drop?: tf.Tensor } = {},
  name = 'auxiliary_head',
): tf.Tensor4D {
  return classifyPixels(p, `${name}.conv_seg`, convModule(p, norm, `${name}.convs.0`, x), drop);
}
