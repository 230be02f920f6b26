import type { tf } from '../../engine/tf.js';
import { initProjector, projector } from '../heads.js';
import { stableRepLoss } from '../losses/stableRep.js';
import { classTokens, type Objective, withoutNegatives, withoutPositives } from './objective.js';

/** StableRep: every image against all others of the batch, those of its caption as positives. */
export const stableRep: Objective = {
  cropsPerImage: 1,
  hasTeacher: false,
  parts: () => ['global'],
  init: (rng, { model, head }) => initProjector(rng.child('projector'), 'projector', model.width, head),
  problems: (config) => [...withoutPositives(config), ...withoutNegatives(config)],
  encode: classTokens,

  loss(heads, { features, inputs }, { head, imagesPerCaption: views, temperature }) {
    // BatchNorm sees one view at a time (spec §6): rows are view-major.
    const embeddings = projector(heads, 'projector', features.cls as tf.Tensor2D, { head, views });
    const loss = stableRepLoss(embeddings, inputs.labels as tf.Tensor1D, { temperature });
    return { loss, aux: { global: loss } };
  },
};
