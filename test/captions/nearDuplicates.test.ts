import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { nearDuplicates, shinglesOf } from '../../lib/captions/nearDuplicates.js';
import { InputError } from '../../lib/errors.js';

/** Every caption against every kept earlier one, with sets of strings. */
function naive(captions: string[], { words = 2, similarity = 0.6 } = {}): number[] {
  const sets = captions.map((caption) => shinglesOf(caption, words));
  const result: number[] = [];
  for (let i = 0; i < sets.length; i++) {
    const similar = (j: number): boolean => {
      const both = [...sets[i]].filter((shingle) => sets[j].has(shingle)).length;
      return both / (sets[i].size + sets[j].size - both) >= similarity;
    };
    result.push(result.findIndex((of, j) => of === -1 && similar(j)));
  }
  return result;
}

describe('shinglesOf', () => {
  it('takes different runs of words, and a short text as one', () => {
    expect([...shinglesOf('A fox, a fox; a hen!', 2)]).toEqual(['a fox', 'fox a', 'a hen']);
    expect([...shinglesOf('Owl.', 2)]).toEqual(['owl']);
    expect([...shinglesOf('…', 2)]).toEqual(['']);
  });
});

describe('nearDuplicates', () => {
  it('finds by hand', () => {
    const captions = [
      'A red fox sits on a wall.', // 6 pairs
      'A red fox sits on a fence.', // 5 of 7 pairs in both
      'a red fox sits on a wall', // the same words
      'A red fox lies on the fence.', // 2 of 10 in both with the first
      'A red fox sits on the fence now.', // 4 of 9 with the first; 3 of 9 with the fourth
      'A red fox sits on a fence now.', // 5 of 8 with the first; 6 of 7 with the second, but that one is gone
      '…',
      '!',
    ];
    expect([...nearDuplicates(captions)]).toEqual([-1, 0, 0, -1, -1, 0, -1, 6]);
  });

  // Few words, so that many captions are alike; lengths from none on.
  const caption = fc.array(fc.constantFrom('a', 'fox', 'hen', 'on', 'the', 'wall'), { maxLength: 9 });
  const captions = fc.array(
    caption.map((words) => words.join(' ')),
    { maxLength: 60 },
  );
  const options = fc.record({
    words: fc.integer({ min: 1, max: 3 }),
    similarity: fc.constantFrom(0.1, 0.3, 0.5, 0.6, 0.8, 1),
  });

  it('equals the comparison of all with all', () => {
    fc.assert(
      fc.property(captions, options, (texts, how) => {
        expect([...nearDuplicates(texts, how)]).toEqual(naive(texts, how));
      }),
      { numRuns: 300 },
    );
  });

  it('says the same of a caption whatever follows it', () => {
    fc.assert(
      fc.property(captions, captions, (first, more) => {
        expect(nearDuplicates([...first, ...more]).slice(0, first.length)).toEqual(nearDuplicates(first));
      }),
    );
  });

  it.each([{ similarity: 0 }, { similarity: 1.1 }, { similarity: Number.NaN }, { words: 0 }, { words: 1.5 }])(
    'refuses %o',
    (how) => {
      expect(() => nearDuplicates(['a'], how)).toThrow(InputError);
    },
  );
});
