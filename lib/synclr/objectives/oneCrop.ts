import type { tf } from '../../engine/tf.js';
import { projector } from '../heads.js';
import { stableRepLoss } from '../losses/stableRep.js';
import { backboneOf, type Objective } from './objective.js';

/** StableRep and SimCLR: every crop against all others of the batch; `labels` says which belong together. */
export const oneCrop: Objective = {
  encode: (backbone, { crops, keep }, config) => ({ cls: backboneOf(backbone, config).cls(crops, { keep }) }),

  loss(heads, { features, inputs }, { objective, head, imagesPerCaption, temperature }) {
    // BatchNorm sees one view at a time (spec §6): rows are view-major.
    const views = objective === 'simclr' ? 2 : imagesPerCaption;
    const embeddings = projector(heads, 'projector', features.cls as tf.Tensor2D, { head, views });
    const loss = stableRepLoss(embeddings, inputs.labels as tf.Tensor1D, { temperature });
    return { loss, aux: { global: loss } };
  },
};
