import type { CaptionRecord } from '../../lib/captions/log.js';

export const blank = {
  source: 'emoji',
  template: 'c',
  examples: [],
  seed: 0,
  model: { name: 'm', sha256: 's' },
} as const;
/** Captions small enough to count by hand: some forget what they were asked for, some repeat. */
export const records: CaptionRecord[] = [
  { ...blank, index: 0, concept: 'owl', caption: 'Two owls sleep.' },
  { ...blank, index: 1, concept: 'owl', caption: 'A bird sleeps.' },
  { ...blank, index: 2, concept: 'fish', template: 'c,bg', background: 'sea', caption: 'A fish in the sea.' },
  {
    ...blank,
    index: 3,
    concept: 'fish',
    template: 'c,bg',
    background: 'night sky',
    caption: 'A fish at night, no sky.',
  },
  {
    ...blank,
    index: 4,
    concept: 'car',
    template: 'c,rel',
    relation: 'in front of',
    caption: 'A house in front of a car.',
  },
  { ...blank, index: 5, concept: 'owl', source: 'other', caption: 'A bird sleeps.' },
  { ...blank, index: 6, concept: 'owl', caption: '…' },
  { ...blank, index: 7, concept: 'owl', caption: 'Owl.' },
];
