import type { Experiment } from '../experiment.js';

/**
 * StableRep's Table 5a: a budget of pictures, spent on many captions with few pictures each or the other way round. One
 * picture a caption is SimCLR. Batches hold equally many pictures; SimCLR's, half as many in two crops each.
 * The paper's numbers are second-hand (`stablerep.secondary` of published.json), so only their order is claimed.
 */
export const positives: Experiment = {
  id: 'positives',
  artefact: 'StableRep, Table 5a',
  question: 'Are several pictures of a caption worth more than pictures of several captions?',
  metrics: ['probe', 'unseen', 'kinds', 'unnamed', 'average'],
  power: { seeds: 2, resolves: { probe: 4 } },
  claims: [
    {
      says: 'Eight pictures a caption are better than one (61.2 to 66)',
      metric: 'probe',
      order: ['8 a caption', '1 a caption'],
    },
    {
      says: 'Four pictures a caption, as SynCLR has them, are better than one',
      metric: 'probe',
      order: ['4 a caption', '1 a caption'],
    },
  ],
  rows({ base, positives }, { stablerep, simclr }) {
    const pictures = base.count * base.imagesPerCaption;
    const batch = stablerep.captions * stablerep.imagesPerCaption;
    return positives.map((imagesPerCaption) => ({
      label: `${imagesPerCaption} a caption`,
      curve: { name: 'StableRep', x: imagesPerCaption },
      paper: {},
      images: { ...base, count: pictures / imagesPerCaption, imagesPerCaption },
      encoder: imagesPerCaption === 1 ? simclr : { ...stablerep, captions: batch / imagesPerCaption, imagesPerCaption },
    }));
  },
};
