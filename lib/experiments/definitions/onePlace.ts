import type { Experiment } from '../experiment.js';

/**
 * Why captions as classes may lose in Table 5: where every caption names a place, a batch of a few captions before a dozen
 * places can be told apart by the places alone, and things need not be seen. In batches that share their place this way is
 * barred. The first and the last row are Table 5's.
 */
export const onePlace: Experiment = {
  id: 'one-place',
  artefact: 'Table 5, explained',
  question: 'Do captions teach things when the places no longer tell them apart?',
  metrics: ['probe', 'unseen', 'kinds', 'unnamed', 'average'],
  power: { seeds: 2, resolves: { probe: 4 } },
  claims: [
    {
      says: 'Captions teach more in batches of one place',
      metric: 'probe',
      order: ['multi-positive, one place a batch', 'multi-positive'],
    },
    {
      says: 'Then captions as classes beat concepts as classes, as in the paper',
      metric: 'probe',
      order: ['multi-positive, one place a batch', 'supervised'],
    },
  ],
  rows({ base }, { stablerep, supervised }) {
    const images = { ...base, captions: 'our-backgrounds' as const };
    return [
      { label: 'multi-positive', paper: {}, images, encoder: stablerep },
      {
        label: 'multi-positive, one place a batch',
        paper: {},
        images,
        encoder: { ...stablerep, sameBackground: true },
      },
      { label: 'supervised', paper: {}, images, encoder: supervised },
    ];
  },
};
