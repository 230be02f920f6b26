import { paperNumbers } from '../../runs/published.js';
import type { Experiment } from '../experiment.js';

/**
 * Table 5: which pictures count as alike. Everything else is the same: no teacher, one crop a picture, 128 crops a batch,
 * the crops of StableRep; so the paper's row "SynCLR" is StableRep here. SimCLR takes two crops of 64 pictures, each of
 * another caption; like the others' batches, these show 64 different concepts.
 */
export const table5: Experiment = {
  id: 'table5',
  artefact: 'Table 5',
  question: 'Should pictures of one caption, of one class, or only crops of one picture count as alike?',
  metrics: ['probe', 'unseen', 'kinds', 'unnamed', 'average'],
  power: { seeds: 2, resolves: { probe: 4, unnamed: 4, average: 2 } },
  explainedBy: ['table5-controls', 'one-place'],
  claims: [
    {
      says: 'Captions as classes beat concepts as classes, and these beat SimCLR (ImageNet)',
      metric: 'probe',
      order: ['multi-positive', 'supervised', 'SimCLR'],
    },
    {
      says: 'Captions as classes beat concepts as classes, and these beat SimCLR (mean of nine)',
      metric: 'average',
      order: ['multi-positive', 'supervised', 'SimCLR'],
    },
  ],
  rows({ base }, { supervised, simclr, stablerep }) {
    const { rows } = paperNumbers().table5;
    const images = { ...base, captions: 'our-backgrounds' as const };
    const row = (label: string, name: string, encoder: typeof stablerep) => {
      const [probe, average] = rows[name];
      return { label, paper: { probe, average }, images, encoder };
    };
    return [
      row('multi-positive', 'SynCLR', stablerep),
      row('supervised', 'Supervised CE', supervised),
      row('SimCLR', 'SimCLR', simclr),
    ];
  },
};
