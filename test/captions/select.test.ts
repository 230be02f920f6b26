import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type CaptionSelection, selectCaptions, siftCaptions } from '../../lib/captions/select.js';
import { InputError } from '../../lib/errors.js';
import { records } from './eightCaptions.js';

describe('selectCaptions', () => {
  const kept = (options?: CaptionSelection) => selectCaptions(records, options).map(({ index }) => index);

  it('keeps all without options', () => {
    expect(kept()).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
    expect(siftCaptions(records).removed).toEqual({});
  });

  it('selects by each option', () => {
    expect(kept({ minWords: 1 })).toEqual([0, 1, 2, 3, 4, 5, 7]);
    expect(kept({ maxWords: 3 })).toEqual([0, 1, 5, 6, 7]);
    expect(kept({ requireConcept: true })).toEqual([0, 2, 3, 4, 7]);
    expect(kept({ requireConcept: true, synonyms: { owl: ['bird'] } })).toEqual([0, 1, 2, 3, 4, 5, 7]);
    expect(kept({ requireBackground: true })).toEqual([0, 1, 2, 4, 5, 6, 7]);
    expect(kept({ requireRelation: true })).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
    expect(selectCaptions([{ ...records[4], caption: 'A car.' }], { requireRelation: true })).toEqual([]);
    expect(kept({ dropUnsafe: { sleep: ['sleep'] } })).toEqual([2, 3, 4, 6, 7]);
    expect(kept({ dropDuplicates: true })).toEqual([0, 1, 2, 3, 4, 6, 7]);
    expect(kept({ dropNearDuplicates: true })).toEqual([0, 1, 2, 3, 4, 6, 7]);
    expect(kept({ dropNearDuplicates: { words: 1, similarity: 0.2 } })).toEqual([0, 1, 2, 6, 7]);
  });

  const all: CaptionSelection = {
    minWords: 2,
    maxWords: 5,
    requireConcept: true,
    requireBackground: true,
    dropDuplicates: true,
  };

  it('selects by all, and counts what each removed', () => {
    expect(kept(all)).toEqual([0, 2]);
    expect(siftCaptions(records, all).removed).toEqual({
      minWords: 2, // 6, 7
      maxWords: 2, // 3, 4
      requireConcept: 2, // 1, 5
      requireBackground: 0,
      dropDuplicates: 0,
    });
  });

  it('loses no caption from its counts, and keeps what it has kept', () => {
    const toggles = fc.record(
      {
        minWords: fc.nat(4),
        maxWords: fc.integer({ min: 4, max: 7 }),
        requireConcept: fc.boolean(),
        requireBackground: fc.boolean(),
        requireRelation: fc.boolean(),
        dropUnsafe: fc.boolean(),
        dropDuplicates: fc.boolean(),
        dropNearDuplicates: fc.boolean(),
      },
      { requiredKeys: [] },
    );
    fc.assert(
      fc.property(toggles, fc.shuffledSubarray(records), (selection, some) => {
        const { kept: left, removed } = siftCaptions(some, selection);
        expect(left.length + Object.values(removed).reduce((a, b) => a + b, 0)).toBe(some.length);
        expect(selectCaptions(left, selection)).toEqual(left);
      }),
    );
  });

  it.each([{ minWords: 3, maxWords: 2 }, { minWords: Number.NaN }])('refuses %o', (selection) => {
    expect(() => selectCaptions(records, selection)).toThrow(InputError);
  });
});
