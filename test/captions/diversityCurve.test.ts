import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { diversityCurve } from '../../lib/captions/diversityCurve.js';
import { captionReport } from '../../lib/captions/report.js';
import { InputError } from '../../lib/errors.js';

const record = (caption: string, index: number) => {
  const concept = caption.split(' ')[0];
  return { index, caption, concept, source: 's', examples: [] };
};

describe('diversityCurve', () => {
  it('counts by hand', () => {
    const captions = ['owl on a wall', 'owl on a wall now', 'owl on a wall', '', 'hen in bed'];
    expect(diversityCurve(captions.map(record), { points: [1, 2, 3, 4, 5] })).toEqual({
      captions: [1, 2, 3, 4, 5],
      words: [4, 5, 5, 5, 8],
      concepts: [1, 1, 1, 1, 2], // '' is a concept nobody knows
      nearDuplicates: [0, 1 / 2, 2 / 3, 2 / 4, 2 / 5],
    });
  });

  it('says of each prefix what a report of it says', () => {
    const caption = fc.array(fc.constantFrom('a', 'fox', 'hen', 'on', 'the', 'wall'), { minLength: 1, maxLength: 7 });
    fc.assert(
      fc.property(fc.array(caption, { minLength: 1, maxLength: 40 }), (texts) => {
        const records = texts.map((words) => words.join(' ')).map(record);
        const curve = diversityCurve(records, { points: records.map((_, i) => i + 1) });
        for (const [i, captions] of curve.captions.entries()) {
          const report = captionReport(records.slice(0, captions));
          expect(curve.words[i]).toBe(report.distinctWords);
          expect(curve.nearDuplicates[i]).toBeCloseTo(report.nearDuplicates, 12);
        }
      }),
      { numRuns: 20 },
    );
  });

  it('takes points even on a logarithmic scale, the whole set last', () => {
    const points = (n: number) => diversityCurve(Array.from({ length: n }, (_, i) => record(`word${i}`, i))).captions;
    expect(points(1)).toEqual([1]);
    expect(points(10)).toEqual([10]);
    expect(points(101)).toEqual([10, 13, 16, 20, 25, 32, 40, 50, 63, 79, 100, 101]);
  });

  it.each([{ points: [] }, { points: [0, 1] }, { points: [2, 2] }, { points: [4] }, { points: [1.5] }])(
    'refuses %o of three captions',
    ({ points }) => {
      expect(() => diversityCurve(['a', 'b', 'c'].map(record), { points })).toThrow(InputError);
    },
  );

  it('refuses a set of nothing', () => {
    expect(() => diversityCurve([])).toThrow(/give captions/);
  });
});
