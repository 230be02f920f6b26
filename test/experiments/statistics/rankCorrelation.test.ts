import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { kendall, permutationP, ranks, spearman } from '../../../lib/experiments/statistics/index.js';
import { rng } from '../../../lib/random/rng.js';

const lists = fc.integer({ min: 2, max: 9 }).chain((length) => {
  const list = fc.array(fc.integer({ min: 0, max: 5 }), { minLength: length, maxLength: length });
  return fc.tuple(list, list);
});
const varied = (list: readonly number[]) => new Set(list).size > 1;

describe('rank correlations', () => {
  it('equal values share the mean of their ranks', () => {
    expect(ranks([30, 10, 20, 20])).toEqual([4, 1, 2.5, 2.5]);
    expect(ranks([1, 1, 1])).toEqual([2, 2, 2]);
  });

  // scipy.stats.spearmanr and kendalltau (τ-b)
  it('agree with scipy, ties included', () => {
    const theirs = [77.1, 78.7, 77.6, 78.2, 78.8];
    expect(spearman(theirs, [9, 14, 12, 13, 20])).toBeCloseTo(1, 12);
    expect(spearman(theirs, [12, 9, 14, 13, 20])).toBeCloseTo(0.3, 12);
    expect(kendall(theirs, [12, 9, 14, 13, 20])).toBeCloseTo(0.2, 12);
    expect(spearman([1, 2, 2, 3, 5], [2, 1, 4, 4, 3])).toBeCloseTo(0.3947368421052632, 12);
    expect(kendall([1, 2, 2, 3, 5], [2, 1, 4, 4, 3])).toBeCloseTo(0.2222222222222222, 12);
  });

  it('are 1 for any rising function, −1 reversed, symmetric, and undefined for a constant list', () => {
    fc.assert(
      fc.property(lists, ([a, b]) => {
        for (const correlation of [spearman, kendall]) {
          if (!varied(a)) {
            expect(correlation(a, b)).toBeNaN();
            continue;
          }
          expect(correlation(a, a.map(Math.exp))).toBeCloseTo(1, 12);
          expect(
            correlation(
              a,
              a.map((x) => -x),
            ),
          ).toBeCloseTo(-1, 12);
          if (!varied(b)) continue;
          expect(correlation(a, b)).toBeCloseTo(correlation(b, a), 12);
          expect(Math.abs(correlation(a, b))).toBeLessThanOrEqual(1 + 1e-12);
        }
      }),
    );
  });

  it('the p-value of a perfect order of n rows is 1/n!', () => {
    expect(permutationP([1, 2, 3, 4], [10, 20, 30, 40], { rng: rng(0) })).toBeCloseTo(1 / 24, 12);
    expect(permutationP([1, 2, 3, 4, 5], [1, 2, 3, 4, 5], { rng: rng(0) })).toBeCloseTo(1 / 120, 12);
    expect(permutationP([1, 2, 3], [3, 2, 1], { rng: rng(0) })).toBe(1);
  });

  it('the p-value counts the orders that a naive enumeration counts', () => {
    const [a, b] = [
      [1, 2, 3, 4],
      [20, 10, 30, 30],
    ];
    let [count, total] = [0, 0];
    for (const i of b.keys())
      for (const j of b.keys())
        for (const k of b.keys())
          for (const l of b.keys()) {
            if (new Set([i, j, k, l]).size < 4) continue;
            total++;
            if (spearman(a, [b[i], b[j], b[k], b[l]]) >= spearman(a, b) - 1e-9) count++;
          }
    expect(permutationP(a, b, { rng: rng(0) })).toBeCloseTo(count / total, 12);
  });

  it('with more than eight rows it comes from random orders, near the exact value', () => {
    const nine = [1, 2, 3, 4, 5, 6, 7, 8, 9];
    const found = [3, 1, 2, 7, 4, 9, 5, 8, 6];
    expect(spearman(nine, found)).toBeCloseTo(0.6833333333333333, 12);
    // of all 362 880 orders; 20 000 random ones have a standard error of 0.0011
    expect(Math.abs(permutationP(nine, found, { rng: rng(3) }) - 0.02515983)).toBeLessThan(0.004);
  });
});
