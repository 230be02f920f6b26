import type { EncoderConfig } from '../../synclr/config.js';
import type { Experiment } from '../experiment.js';

/**
 * Table 5's question asked of another loss: is SimCLR behind because crops of one picture are all it counts as alike, or because
 * it pushes everything else away, things of one kind too? VICReg (arXiv 2105.04906) counts the same pairs as alike and pushes
 * nothing apart. The other two rows are Table 5's; VICReg has SimCLR's batches, crops and head, and its own paper's weights,
 * untuned.
 */
export const negatives: Experiment = {
  id: 'negatives',
  artefact: 'Table 5, extended',
  question: 'Do crops of one picture, counted as alike, teach more where nothing is pushed apart?',
  metrics: ['probe', 'unseen', 'kinds', 'unnamed', 'average'],
  power: { seeds: 2, resolves: { probe: 4, unnamed: 5 } },
  claims: (['probe', 'unnamed'] as const).flatMap((metric) => [
    { says: 'Of pairs of crops, learning without negatives is the better', metric, order: ['VICReg', 'SimCLR'] },
    {
      says: 'Captions as classes beat crops of one picture, with negatives or without',
      metric,
      order: ['multi-positive', 'VICReg', 'SimCLR'],
      best: true as const,
    },
  ]),
  rows({ base }, { stablerep, simclr }) {
    const images = { ...base, captions: 'our-backgrounds' as const };
    const row = (label: string, encoder: EncoderConfig) => ({ label, paper: {}, images, encoder });
    return [row('multi-positive', stablerep), row('SimCLR', simclr), row('VICReg', { ...simclr, objective: 'vicreg' })];
  },
};
