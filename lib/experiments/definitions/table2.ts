import { paperNumbers } from '../../runs/published.js';
import type { CaptionSourceName } from '../captionSources.js';
import type { Experiment } from '../experiment.js';

/** The caption sets, by the paper's names. */
const SETS: readonly (readonly [paper: string, captions: CaptionSourceName])[] = [
  ['cc12m (real captions)', 'alt-texts'],
  ['IN+h+Places', 'joined-names'],
  ['IN+Places+LLM', 'places'],
  ['IN+OurBG+LLM', 'our-backgrounds'],
  ['our final config.', 'synthesised'],
];

/** Table 2: five caption sets under two trainers. */
export const table2: Experiment = {
  id: 'table2',
  artefact: 'Table 2',
  question: 'Which captions teach most?',
  metrics: ['probe', 'unseen', 'kinds', 'unnamed', 'average'],
  power: { seeds: 2, resolves: { probe: 4, average: 2 } },
  explainedBy: ['table2-controls', 'writer', 'length'],
  claims: [
    ...(['StableRep', 'SynCLR'] as const).flatMap((trainer) => [
      {
        says: `Under ${trainer}, the final captions are better than real ones`,
        metric: 'average' as const,
        order: [`synthesised, ${trainer}`, `alt-texts, ${trainer}`],
      },
      {
        says: `Under ${trainer}, the final captions are better than joined names, which no language model wrote`,
        metric: 'average' as const,
        order: [`synthesised, ${trainer}`, `joined-names, ${trainer}`],
      },
      {
        says: `Under ${trainer}, backgrounds that suit the concept are better than any place`,
        metric: 'probe' as const,
        order: [`our-backgrounds, ${trainer}`, `places, ${trainer}`],
      },
      {
        says: `Under ${trainer}, the final captions have the highest ImageNet accuracy`,
        metric: 'probe' as const,
        order: SETS.map(([, captions]) => `${captions}, ${trainer}`).reverse(),
        best: true as const,
      },
    ]),
    ...SETS.map(([, captions]) => ({
      says: `On ${captions}, SynCLR is better than StableRep`,
      metric: 'probe' as const,
      order: [`${captions}, SynCLR`, `${captions}, StableRep`],
    })),
  ],
  rows({ base }, { stablerep, synclr }) {
    const { rows } = paperNumbers().table2;
    return (['StableRep', 'SynCLR'] as const).flatMap((trainer, t) =>
      SETS.map(([name, captions]) => ({
        label: `${captions}, ${trainer}`,
        paper: { probe: rows[name][2 * t], average: rows[name][2 * t + 1] },
        images: { ...base, captions },
        encoder: t === 0 ? stablerep : synclr,
      })),
    );
  },
};
