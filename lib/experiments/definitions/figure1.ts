import { paperNumbers } from '../../runs/published.js';
import type { Experiment } from '../experiment.js';
import { realImages } from '../settings.js';

/**
 * Figure 1: what an encoder learns from. CLIP has real scenes and true sentences about them, StableRep the sentences alone
 * and pictures that are generated from them, SynCLR neither. Equally many pictures and steps.
 */
export const figure1: Experiment = {
  id: 'figure1',
  artefact: 'Figure 1',
  question: 'Can models stand in for captions and for images?',
  metrics: ['probe', 'unseen', 'average'],
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
  rows(settings, { clip, stablerep, synclr }) {
    const { figure1: paper } = paperNumbers();
    const { base } = settings;
    return [
      { label: 'learning from data', paper: { probe: paper.CLIP }, images: realImages(settings), encoder: clip },
      {
        label: 'hybrid',
        paper: { probe: paper.StableRep },
        images: { ...base, captions: 'alt-texts' as const },
        encoder: stablerep,
      },
      { label: 'learning from models', paper: { probe: paper.SynCLR }, images: base, encoder: synclr },
    ];
  },
};
