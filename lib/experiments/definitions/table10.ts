import { paperNumbers } from '../../runs/published.js';
import type { Experiment } from '../experiment.js';

/** Table 10: SynCLR beside CLIP, on synthetic captions and on real ones, whose pictures are generated too. */
export const table10: Experiment = {
  id: 'table10',
  artefact: 'Table 10',
  question: 'Is it the captions or the training that makes SynCLR better than CLIP?',
  metrics: ['probe', 'unseen', 'kinds', 'unnamed', 'average'],
  power: { seeds: 2, resolves: { probe: 4, average: 2 } },
  explainedBy: ['length'],
  claims: [
    ...(['probe', 'average'] as const).flatMap((metric) => [
      {
        says: 'On synthetic captions, SynCLR is better than CLIP',
        metric,
        order: ['SynCLR, synthesised', 'CLIP, synthesised'],
      },
      { says: 'On real captions, SynCLR is better than CLIP', metric, order: ['SynCLR, alt-texts', 'CLIP, alt-texts'] },
      {
        says: 'Under SynCLR, synthetic captions are better than real ones',
        metric,
        order: ['SynCLR, synthesised', 'SynCLR, alt-texts'],
      },
      {
        says: 'Under CLIP, synthetic captions are better than real ones',
        metric,
        order: ['CLIP, synthesised', 'CLIP, alt-texts'],
      },
    ]),
  ],
  rows({ base }, { synclr, clip }) {
    const sets = ['synthesised', 'alt-texts'] as const;
    return paperNumbers().table10.rows.flatMap(([, ...numbers], i) =>
      (['SynCLR', 'CLIP'] as const).map((method, m) => ({
        label: `${method}, ${sets[i]}`,
        paper: { probe: numbers[2 * m], average: numbers[2 * m + 1] },
        images: { ...base, captions: sets[i] },
        encoder: m === 0 ? synclr : clip,
      })),
    );
  },
};
