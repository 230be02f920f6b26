import type { Experiment } from '../experiment.js';

/**
 * What of Table 2 is the language model's? Our final captions differ from the others in two ways: a model wrote them, and
 * two thirds of them leave the place open, so that pictures of one caption differ in their places. Two sets without a model
 * leave it open, too; and in batches of one place no set can be told apart by its places.
 */
export const table2Controls: Experiment = {
  id: 'table2-controls',
  artefact: 'Table 2, explained',
  question: 'Is it the language model’s sentences that teach, or the open place?',
  metrics: ['probe', 'unseen', 'kinds', 'unnamed', 'average'],
  power: { seeds: 2, resolves: { probe: 4 } },
  claims: [
    {
      says: 'The final captions teach more than bare names',
      metric: 'probe',
      order: ['synthesised', 'bare names'],
    },
    {
      says: 'The final captions teach more than templates without a place',
      metric: 'probe',
      order: ['synthesised', 'templates without place'],
    },
    {
      says: 'Templates teach more without the place than with it',
      metric: 'probe',
      order: ['templates without place', 'templates with place'],
    },
    {
      says: 'In batches of one place, backgrounds that suit the concept are better than any place',
      metric: 'probe',
      order: ['our-backgrounds, one place a batch', 'places, one place a batch'],
    },
    {
      says: 'In batches of one place, a language model’s captions are better than joined names',
      metric: 'probe',
      order: ['places, one place a batch', 'joined-names, one place a batch'],
    },
  ],
  rows({ base }, { stablerep }) {
    const onePlace = { ...stablerep, sameBackground: true };
    return [
      { label: 'synthesised', paper: {}, images: base, encoder: stablerep },
      { label: 'bare names', paper: {}, images: { ...base, captions: 'bare-names' as const }, encoder: stablerep },
      {
        label: 'templates without place',
        paper: {},
        images: { ...base, captions: 'placeless' as const },
        encoder: stablerep,
      },
      {
        label: 'templates with place',
        paper: {},
        images: { ...base, captions: 'alt-texts' as const },
        encoder: stablerep,
      },
      ...(['joined-names', 'places', 'our-backgrounds'] as const).map((captions) => ({
        label: `${captions}, one place a batch`,
        paper: {},
        images: { ...base, captions },
        encoder: onePlace,
      })),
    ];
  },
};
