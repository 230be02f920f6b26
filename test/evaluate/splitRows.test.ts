import { describe, expect, it } from 'vitest';
import { splitRows } from '../../lib/evaluate/tasks/splitRows.js';

describe('splitRows', () => {
  it('takes all rows of the splits that there are, in order', () => {
    expect(splitRows({ train: 3, validation: 2, test: 1 })).toEqual({
      train: { of: 'train', rows: [0, 1, 2] },
      validation: { of: 'validation', rows: [0, 1] },
      test: { of: 'test', rows: [0] },
    });
  });

  it('holds a fifth of train out where there is no validation, the same each time', () => {
    const { train, validation } = splitRows({ train: 101, test: 5 });
    expect([train.of, validation.of]).toEqual(['train', 'train']);
    expect(validation.rows).toHaveLength(20);
    expect([...train.rows, ...validation.rows].sort((a, b) => a - b)).toEqual(Array.from({ length: 101 }, (_, i) => i));
    expect(splitRows({ train: 101, test: 5 })).toEqual(splitRows({ train: 101, test: 5 }));
    expect(splitRows({ train: 2, test: 1 }).validation.rows).toHaveLength(1);
  });

  it('takes a share of each, rounded up, of rows that are there', () => {
    const { train, test } = splitRows({ train: 10, validation: 4, test: 3 }, { share: 0.25 });
    expect([train.rows.length, test.rows.length]).toEqual([3, 1]);
    expect(new Set(train.rows).size).toBe(3);
    expect(Math.max(...train.rows)).toBeLessThan(10);
  });
});
