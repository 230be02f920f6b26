import type { Experiment } from '../experiment.js';

/**
 * What is the writer worth? A language model nearly six times as large answers prompts of the same mixture, and names its concept
 * more often; then the captions without their concept or place are dropped, of both. So this asks whether its sentences are
 * better where both wrote about the thing. It wrote fewer, so that some are repeated, with pictures of other noise. The first
 * and the third row are Table 4's.
 */
export const writer: Experiment = {
  id: 'writer',
  artefact: 'Table 2, explained',
  question: 'What is a larger language model worth as a writer of captions?',
  metrics: ['probe', 'unseen', 'kinds', 'unnamed', 'average'],
  power: { seeds: 1, resolves: { probe: 5 } },
  claims: (['StableRep', 'SynCLR'] as const).map((trainer) => ({
    says: `Under ${trainer}, a larger model's captions teach more`,
    metric: 'probe' as const,
    order: [`larger-writer, ${trainer}`, `synthesised, ${trainer}`],
  })),
  rows({ base }, { stablerep, synclr }) {
    return (['StableRep', 'SynCLR'] as const).flatMap((trainer) =>
      (['synthesised', 'larger-writer'] as const).map((captions) => ({
        label: `${captions}, ${trainer}`,
        paper: {},
        images: { ...base, captions },
        encoder: trainer === 'StableRep' ? stablerep : synclr,
      })),
    );
  },
};
