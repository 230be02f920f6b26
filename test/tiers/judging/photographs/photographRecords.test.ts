import { describe, expect, it } from 'vitest';
import { accuraciesApart, rowsApart } from '../../../../lib/tiers/judging/photographs/photographRecords.js';

const set = (features: number[], width = 2) => ({
  features: Float32Array.from(features),
  width,
  count: features.length / width,
});

describe('what --check compares', () => {
  it('takes the row that is furthest from the kept one, over the kept one’s length', () => {
    expect(rowsApart(set([3, 4, 0, 1]), set([3, 4, 0, 1]))).toBe(0);
    expect(rowsApart(set([3, 4.5, 0, 1]), set([3, 4, 0, 1]))).toBeCloseTo(0.1);
    expect(rowsApart(set([3, 4, 0, 0.5]), set([3, 4, 0, 1]))).toBeCloseTo(0.5);
    expect(rowsApart(set([3, 4]), set([3, 4, 0, 1]))).toBe(Number.POSITIVE_INFINITY);
    expect(rowsApart(set([3, 4, 0, 1], 4), set([3, 4, 0, 1]))).toBe(Number.POSITIVE_INFINITY);
  });

  it('takes the accuracy that differs most, wherever it stands, and nothing else', () => {
    const kept = { foods: { logistic: { accuracy: 0.5, rows: '01' }, knn: { accuracy: 0.25 } } };
    expect(accuraciesApart(kept, kept)).toBe(0);
    const other = { foods: { logistic: { accuracy: 0.52, rows: '11' }, knn: { accuracy: 0.24 } } };
    expect(accuraciesApart(other, kept)).toBeCloseTo(0.02);
    expect(accuraciesApart({ foods: { logistic: { accuracy: 0.5 } } }, kept)).toBe(Number.POSITIVE_INFINITY);
  });
});
