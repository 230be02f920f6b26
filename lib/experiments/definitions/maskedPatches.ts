import type { EncoderConfig } from '../../synclr/config.js';
import type { Experiment } from '../experiment.js';

/**
 * What does iBOT cost on scenes, and why? Its loss may ask too much of a small encoder (`weight`), have too many prototypes
 * for a batch of 2048 masked tokens, or the masks alone may cost: half of the global crops reach the contrastive loss with
 * half of their patches hidden. With weight 0 the masks are there and the loss is not.
 */
export const maskedPatches: Experiment = {
  id: 'masked-patches',
  artefact: 'Table 4, explained',
  question: 'What is it of masked patches that costs accuracy, and what do they buy?',
  metrics: ['probe', 'unseen', 'kinds', 'unnamed', 'average', 'segmentation'],
  power: { seeds: 2, resolves: { probe: 4, segmentation: 2 } },
  claims: [
    { says: 'Masks alone cost accuracy', metric: 'probe', order: ['no masks', 'masks, weight 0'] },
    { says: 'Beside the masks, iBOT’s loss costs accuracy', metric: 'probe', order: ['masks, weight 0', 'weight 1'] },
    { says: 'A lighter loss costs less', metric: 'probe', order: ['weight 0.1', 'weight 1'] },
    { says: 'Fewer prototypes cost less', metric: 'probe', order: ['128 prototypes', 'weight 1'] },
    { says: 'Rarer masks cost less', metric: 'probe', order: ['an eighth of the crops masked', 'weight 1'] },
    { says: 'iBOT’s loss is what helps segmentation', metric: 'segmentation', order: ['weight 1', 'masks, weight 0'] },
  ],
  rows({ base }, { synclr }) {
    const ibot = synclr.ibot!;
    const alone: EncoderConfig = { ...synclr, crops: { ...synclr.crops, locals: 0 } };
    const rows: readonly (readonly [string, EncoderConfig['ibot']])[] = [
      ['no masks', null],
      ['weight 1', ibot],
      ['masks, weight 0', { ...ibot, weight: 0 }],
      ['weight 0.1', { ...ibot, weight: 0.1 }],
      ['128 prototypes', { ...ibot, head: { ...ibot.head, prototypes: 128 } }],
      ['an eighth of the crops masked', { ...ibot, maskedImages: 0.125 }],
    ];
    return rows.map(([label, change]) => ({ label, paper: {}, images: base, encoder: { ...alone, ibot: change } }));
  },
};
