import { describe, expect, it } from 'vitest';
import type { CaptionRecord } from '../../lib/captions/log.js';
import { captionNames } from '../../lib/captions/names.js';
import { captionReport } from '../../lib/captions/report.js';
import { selectCaptions } from '../../lib/captions/select.js';

const blank = { source: 'emoji', template: 'c', examples: [], seed: 0, model: { name: 'm', sha256: 's' } } as const;
const records: CaptionRecord[] = [
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

describe('captionNames', () => {
  it.each([
    ['Two cherries lie there.', 'cherry'],
    ['A loaf and two loaves', 'loaf'],
    ['Knives!', 'knife'],
    ['Three mice', 'mouse'],
    ['A fox watches', 'foxes'],
    ['a blue T-Shirt', 't shirt'],
    ["The panda's bowl", 'panda'],
    ['Red   apples', 'red apple'],
  ])('finds in "%s" the name "%s"', (caption, name) => {
    expect(captionNames(caption, name)).toBe(true);
  });

  it.each([
    ['A carpet', 'car'],
    ['An apple, red', 'red apple'],
    ['A red', 'red apple'],
    ['An owlet', 'owl'],
    ['', 'owl'],
    ['anything', ''],
  ])('does not find in "%s" the name "%s"', (caption, name) => {
    expect(captionNames(caption, name)).toBe(false);
  });

  it('takes synonyms', () => {
    expect(captionNames('A donut', 'doughnut')).toBe(false);
    expect(captionNames('A donut', 'doughnut', ['donut'])).toBe(true);
  });
});

describe('captionReport', () => {
  it('counts by hand', () => {
    const report = captionReport(records);
    expect(report.count).toBe(8);
    expect(report.templates).toEqual({ c: 5 / 8, 'c,bg': 2 / 8, 'c,rel': 1 / 8 });
    expect(report.sources).toEqual({ emoji: 7 / 8, other: 1 / 8 });
    expect(report.namingConcept).toBe(5 / 8);
    expect(report.namingConceptByTemplate).toEqual({ c: 2 / 5, 'c,bg': 1, 'c,rel': 1 });
    expect(report.namingBackground).toBe(1 / 2);
    expect(report.namingRelation).toBe(1);
    expect(report.duplicates).toBe(1 / 8);
    expect(report.empty).toBe(1 / 8);
    expect(report.length).toEqual({ mean: (3 + 3 + 5 + 6 + 7 + 3 + 0 + 1) / 8, min: 0, max: 7 });
    // two owls sleep a bird sleeps fish in the sea at night no sky house front of car owl
    expect(report.distinctWords).toBe(19);
  });

  it('takes synonyms by concept', () => {
    expect(captionReport(records, { synonyms: { owl: ['bird'] } }).namingConcept).toBe(7 / 8);
  });
});

describe('selectCaptions', () => {
  const kept = (options?: Parameters<typeof selectCaptions>[1]) =>
    selectCaptions(records, options).map(({ index }) => index);

  it('keeps all without options', () => {
    expect(kept()).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
  });

  it('selects by each option and by all', () => {
    expect(kept({ requireConcept: true })).toEqual([0, 2, 3, 4, 7]);
    expect(kept({ requireBackground: true })).toEqual([0, 1, 2, 4, 5, 6, 7]);
    expect(kept({ maxWords: 3 })).toEqual([0, 1, 5, 6, 7]);
    expect(kept({ dropDuplicates: true })).toEqual([0, 1, 2, 3, 4, 6, 7]);
    expect(kept({ requireConcept: true, requireBackground: true, maxWords: 5, dropDuplicates: true })).toEqual([
      0, 2, 7,
    ]);
  });
});
