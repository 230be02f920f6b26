import type { tf } from '../../engine/tf.js';
import { projector } from '../heads.js';
import { simclrLoss } from '../losses/simclr.js';
import { classTokens, cropPairs, type Objective, withoutNegatives } from './objective.js';
import { stableRep } from './stableRep.js';

/** SimCLR: two crops of an image are each other's only positive, whatever their captions. */
export const simclr: Objective = {
  cropsPerImage: 2,
  hasTeacher: false,
  parts: stableRep.parts,
  init: stableRep.init,
  problems: withoutNegatives,
  encode: classTokens,

  loss(heads, { features }, { head, temperature }) {
    const [first, second] = cropPairs(projector(heads, 'projector', features.cls as tf.Tensor2D, { head, views: 2 }));
    const loss = simclrLoss(first, second, { temperature });
    return { loss, aux: { global: loss } };
  },
};
