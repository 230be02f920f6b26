import { paperNumbers } from '../../runs/published.js';
import type { Experiment } from '../experiment.js';

/** Table 3 and StableRep's guidance curve: how closely pictures follow their captions. */
export const table3: Experiment = {
  id: 'table3',
  artefact: 'Table 3',
  question: 'How much classifier-free guidance do good training pictures need?',
  metrics: ['probe', 'unseen', 'kinds', 'unnamed', 'average'],
  power: { seeds: 6, resolves: { probe: 2 } },
  claims: [
    {
      says: 'Between guidance 2, 3 and 4 it hardly matters: 72.8, 72.6, 72.6',
      metric: 'probe',
      order: ['guidance 2', 'guidance 3', 'guidance 4'],
      within: 2,
    },
    {
      says: 'StableRep prefers a guidance of 2 to one of 8',
      metric: 'probe',
      order: ['guidance 2', 'guidance 8'],
    },
  ],
  rows({ base, guidances }, { stablerep }) {
    const { cfg } = paperNumbers().table3;
    return guidances.map((guidance) => ({
      label: `guidance ${guidance}`,
      curve: { name: 'StableRep', x: guidance },
      paper: cfg[guidance] === undefined ? {} : { probe: cfg[guidance] },
      images: { ...base, guidance },
      encoder: stablerep,
    }));
  },
};
