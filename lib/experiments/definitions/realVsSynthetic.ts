import type { Experiment } from '../experiment.js';
import { realImages } from '../settings.js';

/**
 * StableRep's question: as many real pictures as generated ones. SimCLR learns from both without classes (its batches are
 * drawn from all pictures, whatever they show); StableRep needs several pictures of a caption, which only generated ones
 * have; the supervised encoder knows the classes of the real ones, and is what could be reached. StableRep shows SimCLR's
 * gain at a guidance of 8, its best for SimCLR; all of ours have the base set's 2.5.
 */
export const realVsSynthetic: Experiment = {
  id: 'real-vs-synthetic',
  artefact: 'StableRep, Figure 3',
  question: 'Do generated pictures teach as much as equally many real ones?',
  metrics: ['probe', 'unseen', 'kinds', 'unnamed', 'average'],
  power: { seeds: 2, resolves: { probe: 4 } },
  claims: [
    {
      says: 'SimCLR learns more from generated pictures',
      metric: 'probe',
      order: ['SimCLR, generated', 'SimCLR, real'],
    },
    {
      says: 'StableRep on generated pictures is better than SimCLR on real ones',
      metric: 'probe',
      order: ['StableRep, generated', 'SimCLR, real'],
    },
  ],
  rows(settings, { stablerep, simclr, supervised }) {
    const { base } = settings;
    const real = realImages(settings);
    const unsorted = { ...simclr, distinctClasses: false };
    // The classes are told: a batch may be as StableRep's, of 128 pictures.
    const taught = { ...supervised, captions: supervised.captions * supervised.imagesPerCaption, imagesPerCaption: 1 };
    return [
      { label: 'SimCLR, generated', paper: {}, images: base, encoder: unsorted },
      { label: 'SimCLR, real', paper: {}, images: real, encoder: unsorted },
      { label: 'StableRep, generated', paper: {}, images: base, encoder: stablerep },
      { label: 'supervised, real', paper: {}, images: real, encoder: { ...taught, distinctClasses: false } },
    ];
  },
};
