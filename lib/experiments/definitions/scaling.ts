import { paperNumbers } from '../../runs/published.js';
import type { Experiment } from '../experiment.js';

/** The paper's captions, in millions, in the order of a tier's counts. */
const MILLIONS = ['1', '3', '10', '40', '150'];

/**
 * Figures 6 and 7: more captions, and a larger encoder. The number of steps is the same for every point, as in the paper
 * (300k), so small sets are seen more often.
 */
export const scaling: Experiment = {
  id: 'scaling',
  artefact: 'Figures 6 and 7',
  question: 'Do more captions help, and do they help a larger encoder more?',
  metrics: ['probe', 'unseen', 'kinds', 'unnamed', 'average'],
  power: { seeds: 2, resolves: { probe: 4, average: 2 } },
  claims: [
    ...(['B', 'L'] as const).flatMap((model) =>
      (['probe', 'average'] as const).map((metric) => ({
        says: `${model} gains from more captions (${metric === 'probe' ? 'Figure 6' : 'Figure 7'})`,
        metric,
        order: [`${model}, 40M`, `${model}, 10M`, `${model}, 3M`],
      })),
    ),
    // Neighbours above 3 million lie tenths of a point apart; the whole of the curve, which only B has, is what Figure 6 shows.
    {
      says: 'From one end of its curve to the other, B gains (Figure 6)',
      metric: 'probe',
      order: ['B, 150M', 'B, 1M'],
    },
    {
      says: 'From one end of its curve to the other, B gains (Figure 7)',
      metric: 'average',
      order: ['B, 150M', 'B, 1M'],
    },
    { says: 'With enough captions, L is better than B', metric: 'probe', order: ['L, 40M', 'B, 40M'] },
    { says: 'With few captions (3M), B is better than L', metric: 'probe', order: ['B, 3M', 'L, 3M'] },
  ],
  rows({ base, captionCounts, models }, { synclr }) {
    const { figure6, figure7 } = paperNumbers();
    const points = (['L', 'B'] as const).flatMap((name) =>
      captionCounts.map((count, i) => {
        const published = name === 'L' ? 'ViT-L/14' : 'ViT-B/16';
        const [probe, average] = [figure6[published][MILLIONS[i]], figure7[published][MILLIONS[i]]];
        return {
          label: `${name}, ${MILLIONS[i]}M`,
          curve: { name, x: count },
          paper: probe === undefined ? {} : { probe, average },
          images: { ...base, count },
          encoder: { ...synclr, model: models[name] },
        };
      }),
    );
    // From the base set outwards: a suite that is stopped early has no holes in its curves.
    const last = captionCounts.length - 1;
    const rank = ({ images }: (typeof points)[number]) =>
      Math.abs(captionCounts.indexOf(images.count) - (last - 1)) % last;
    return points.sort((a, b) => rank(a) - rank(b));
  },
};
