import type { NamedTensors } from '../../engine/step.js';
import { tf } from '../../engine/tf.js';
import { initLinear } from '../../nn/init.js';
import { linear } from '../../nn/layers.js';
import { withoutPrefix, withPrefix } from '../../nn/names.js';
import type { Rng } from '../../random/rng.js';
import { type HostTensors, scalar } from '../../runs/hostTensor.js';
import type { EncoderConfig } from '../config.js';
import { projector } from '../heads.js';
import { clipLoss } from '../losses/clip.js';
import { stableRepPlusLoss } from '../losses/stableRepPlus.js';
import { initTextTower, textTower } from '../textTower.js';
import { backboneOf, type Objective, withoutNegatives } from './objective.js';
import { stableRep } from './stableRep.js';

/** Both towers' features in the space they share, as the losses take them. */
function pairsOf(heads: NamedTensors, features: NamedTensors) {
  return {
    images: linear(heads, 'image_projection', features.image) as tf.Tensor2D,
    texts: linear(heads, 'text_projection', features.text) as tf.Tensor2D,
    // The texts of a batch are its captions in their order: a label is a place among them.
    textLabels: tf.range(0, features.text.shape[0], 1, 'int32'),
    logScale: heads.logit_scale,
  };
}

/** CLIP (Table 10): images against the captions they were made from, each tower with a linear projection of its own. */
export const clip: Objective = {
  cropsPerImage: 1,
  hasTeacher: false,
  readsCaptions: true,
  parts: () => ['text'],
  init: initClip,
  problems: withoutNegatives,

  encode(towers, { crops, keep, tokens }, config) {
    return {
      ...(crops && { image: backboneOf(towers, config).cls(crops, { keep }) }),
      ...(tokens && { text: textTower(withoutPrefix(towers, 'text.'), tokens as tf.Tensor2D, config.clip!.text) }),
    };
  },

  loss(heads, { features, inputs }) {
    const loss = clipLoss({ ...pairsOf(heads, features), imageLabels: inputs.labels as tf.Tensor1D });
    return { loss, aux: { text: loss } };
  },
};

/** StableRep+ (spec §6): StableRep's loss among images and CLIP's, of the same images, each behind a head of its own. */
export const stableRepPlus: Objective = {
  cropsPerImage: 1,
  hasTeacher: false,
  readsCaptions: true,
  parts: () => ['global', 'text'],
  init: (rng, config) => ({ ...stableRep.init(rng, config), ...initClip(rng, config) }),
  problems: stableRep.problems,
  encode: clip.encode,

  loss(heads, { features, inputs }, { head, imagesPerCaption: views, temperature }) {
    const embeddings = projector(heads, 'projector', features.image as tf.Tensor2D, { head, views });
    const labels = inputs.labels as tf.Tensor1D;
    const { loss, image, text } = stableRepPlusLoss({ ...pairsOf(heads, features), embeddings, labels, temperature });
    return { loss, aux: { global: image, text } };
  },
};

/** What `clip` and `stablerep-plus` train beside the backbone: `text.*`, both projections, and ln of what similarities are multiplied by. */
function initClip(rng: Rng, { model, clip: settings }: EncoderConfig): HostTensors {
  const { text, output } = settings!;
  const projection = (name: string, width: number) =>
    initLinear(rng, name, width, output, { bias: false, std: width ** -0.5 });
  return {
    ...withPrefix(initTextTower(rng.child('text'), text), 'text.'),
    ...projection('image_projection', model.width),
    ...projection('text_projection', text.width),
    logit_scale: scalar(Math.log(1 / 0.07)),
  };
}

/** Whether a parameter of the student is one of `initClip`. */
export function isClip(name: string): boolean {
  return /^(text\.|(image|text)_projection\.|logit_scale$)/.test(name);
}
