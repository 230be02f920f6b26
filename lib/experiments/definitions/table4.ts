import { paperNumbers } from '../../runs/published.js';
import type { EncoderConfig } from '../../synclr/config.js';
import type { Experiment } from '../experiment.js';
import type { Trainers } from '../settings.js';

/**
 * Table 4: what SynCLR adds to StableRep. The rows between are SynCLR without iBOT, without local crops, or without both; a
 * global crop shows the same share of an image with and without local ones. (The published code advises smaller ones
 * without, but then two things would change.)
 */
export const table4: Experiment = {
  id: 'table4',
  artefact: 'Table 4',
  question: 'What do the teacher, masked patches and local crops each add?',
  metrics: ['probe', 'unseen', 'kinds', 'unnamed', 'average', 'segmentation'],
  power: { seeds: 2, resolves: { probe: 4, average: 2, segmentation: 2 } },
  explainedBy: ['length', 'masked-patches', 'teacher-momentum'],
  claims: [
    { says: 'EMA improves on StableRep', metric: 'probe', order: ['+ EMA', 'StableRep'] },
    { says: 'iBOT improves on EMA alone', metric: 'probe', order: ['+ EMA + iBOT', '+ EMA'] },
    { says: 'Multi-crop improves on EMA alone', metric: 'probe', order: ['+ EMA + multi-crop', '+ EMA'] },
    {
      says: 'The five rows come in this order on ImageNet',
      metric: 'probe',
      order: ['SynCLR', '+ EMA + multi-crop', '+ EMA + iBOT', '+ EMA', 'StableRep'],
    },
    {
      says: 'The five rows come in this order on the mean of nine',
      metric: 'average',
      order: ['SynCLR', '+ EMA + multi-crop', '+ EMA + iBOT', '+ EMA', 'StableRep'],
    },
    {
      says: 'For segmentation, iBOT is worth more than multi-crop',
      metric: 'segmentation',
      order: ['+ EMA + iBOT', '+ EMA + multi-crop'],
    },
  ],
  rows({ base }, trainers) {
    const paper = paperNumbers().table4.rows.map(([, , , , probe, average, segmentation]) => {
      return { probe, average, ...(segmentation !== null && { segmentation }) };
    });
    // The paper's rows come first: one that is added stands after them, without a number of the paper's.
    return table4Encoders(trainers).map(([label, encoder], i) => ({
      label,
      paper: paper[i] ?? {},
      images: base,
      encoder,
    }));
  },
};

/** The rows' names and encoders, in the order of the table. */
export function table4Encoders({ stablerep, synclr }: Trainers): (readonly [string, EncoderConfig])[] {
  const withoutLocals = { ...synclr.crops, locals: 0 };
  return [
    ['StableRep', stablerep],
    ['+ EMA', { ...synclr, ibot: null, crops: withoutLocals }],
    ['+ EMA + iBOT', { ...synclr, crops: withoutLocals }],
    ['+ EMA + multi-crop', { ...synclr, ibot: null }],
    ['SynCLR', synclr],
  ];
}
