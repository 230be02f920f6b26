import type { Experiment } from '../experiment.js';
import { trainersOf } from '../settings.js';

/** How many times as long. */
const LONGER = 3;

/**
 * Why Tables 4 and 10 may come out in another order than the paper's: a run of a few hundred steps rewards what learns
 * quickly. CLIP's captions name the concept, StableRep has one task; SynCLR has two, and a teacher to wait for. The paper's
 * runs of Table 4 have 85 000 steps, those of Table 10 up to 500 000.
 */
export const trainingLength: Experiment = {
  id: 'training-length',
  artefact: 'Tables 4 and 10, explained',
  question: 'Is SynCLR ahead of CLIP and StableRep after a longer training?',
  metrics: ['probe', 'unseen', 'average'],
  claims: (['CLIP', 'StableRep'] as const).map((method) => ({
    says: `After ${LONGER} times as many steps, SynCLR is better than ${method}`,
    metric: 'probe' as const,
    order: [`SynCLR, ${LONGER} ×`, `${method}, ${LONGER} ×`],
  })),
  rows(settings, short) {
    const { base, trainingSteps } = settings;
    const long = trainersOf({ ...settings, trainingSteps: LONGER * trainingSteps });
    const methods = [
      ['SynCLR', 'synclr'],
      ['CLIP', 'clip'],
      ['StableRep', 'stablerep'],
    ] as const;
    return methods.flatMap(([method, trainer]) => [
      { label: `${method}, 1 ×`, paper: {}, images: base, encoder: short[trainer] },
      { label: `${method}, ${LONGER} ×`, paper: {}, images: base, encoder: long[trainer] },
    ]);
  },
};
