import type { tf } from '../../engine/tf.js';
import { projector } from '../heads.js';
import { vicregLoss } from '../losses/vicreg.js';
import { classTokens, cropPairs, type Objective } from './objective.js';
import { stableRep } from './stableRep.js';

/** VICReg: two crops of an image are alike, and no dimension of a batch is constant or said twice; without negatives. */
export const vicreg: Objective = {
  cropsPerImage: 2,
  hasTeacher: false,
  parts: () => ['invariance', 'variance', 'covariance'],
  init: stableRep.init,
  problems: ({ captions, imagesPerCaption }) => (captions * imagesPerCaption < 2 ? ['a batch of one image'] : []),
  encode: classTokens,

  loss(heads, { features }, { head }) {
    const [first, second] = cropPairs(projector(heads, 'projector', features.cls as tf.Tensor2D, { head, views: 2 }));
    const { loss, ...aux } = vicregLoss(first, second);
    return { loss, aux };
  },
};
