import { paperNumbers } from '../../runs/published.js';
import type { Experiment } from '../experiment.js';
import { realImages } from '../settings.js';

/**
 * Figure 1: what an encoder learns from. CLIP has true scenes and true sentences about them, StableRep the sentences alone
 * and pictures that are generated from them, SynCLR neither. Equally many pictures and steps.
 *
 * A fair comparison: the true scenes are of the four families that the generator learned from, and every row is tested on
 * the three others. SimCLR and supervised learning, from the same scenes, stand beside: the paper's figure has only CLIP.
 */
export const figure1: Experiment = {
  id: 'figure1',
  artefact: 'Figure 1',
  question: 'Can models stand in for captions and for images?',
  metrics: ['probe', 'unseen', 'kinds', 'unnamed', 'average'],
  power: { seeds: 2, resolves: { probe: 4 } },
  explainedBy: ['real-vs-synthetic', 'length'],
  claims: [
    {
      says: 'SynCLR, from models alone, is better than the hybrid',
      metric: 'probe',
      order: ['learning from models', 'hybrid'],
    },
    {
      says: 'SynCLR is level with CLIP on real data (80.7 and 80.2)',
      metric: 'probe',
      order: ['learning from models', 'learning from data'],
      within: 2,
    },
  ],
  rows(settings, { clip, stablerep, synclr, simclr, supervised }) {
    const { figure1: paper } = paperNumbers();
    const { base } = settings;
    const data = realImages(settings);
    const batch = supervised.captions * supervised.imagesPerCaption;
    return [
      { label: 'learning from data', paper: { probe: paper.CLIP }, images: data, encoder: clip },
      {
        label: 'hybrid',
        paper: { probe: paper.StableRep },
        images: { ...base, captions: 'alt-texts' as const },
        encoder: stablerep,
      },
      { label: 'learning from models', paper: { probe: paper.SynCLR }, images: base, encoder: synclr },
      { label: 'SimCLR on the data', paper: {}, images: data, encoder: { ...simclr, distinctClasses: false } },
      {
        label: 'labels of the data',
        paper: {},
        images: data,
        encoder: { ...supervised, captions: batch, imagesPerCaption: 1, distinctClasses: false },
      },
    ];
  },
};
