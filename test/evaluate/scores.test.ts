import { describe, expect, it } from 'vitest';
import { pairedBootstrap, wilsonInterval } from '../../lib/evaluate/interval.js';
import {
  accuracy,
  averagePrecision11,
  meanAveragePrecision11,
  meanPerClassAccuracy,
} from '../../lib/evaluate/metrics.js';
import { rng } from '../../lib/random/rng.js';

describe('metrics', () => {
  it('gives 0.769481 for labels 1 0 1 1 0 0 1 0 in descending order of score', () => {
    const relevant = Uint8Array.of(1, 0, 1, 1, 0, 0, 1, 0);
    const scores = Float64Array.from({ length: 8 }, (_, i) => 8 - i);
    expect(averagePrecision11(scores, relevant)).toBeCloseTo(0.769481, 6);
    // The order of rows carries nothing.
    const order = [3, 7, 0, 5, 1, 6, 2, 4];
    const mixed = averagePrecision11(
      Float64Array.from(order, (i) => scores[i]),
      Uint8Array.from(order, (i) => relevant[i]),
    );
    expect(mixed).toBeCloseTo(0.769481, 6);
  });

  it('is 1 for a perfect ranking and averages over classes', () => {
    const scores = Float64Array.of(0.9, 0.1, 0.8, 0.3, 0.2, 0.7);
    expect(meanAveragePrecision11(scores, Uint8Array.of(1, 0, 1, 0, 0, 1), 2)).toBe(1);
    expect(averagePrecision11(Float64Array.of(1, 2), Uint8Array.of(1, 0))).toBeCloseTo(0.5, 12);
  });

  it('weighs classes equally in the mean per class', () => {
    const labels = Int32Array.of(0, 0, 0, 1);
    const predicted = Int32Array.of(0, 0, 0, 0);
    expect(accuracy(predicted, labels)).toBe(0.75);
    expect(meanPerClassAccuracy(predicted, labels, 3)).toBe(0.5);
  });

  it('refuses unequal lengths', () => {
    expect(() => accuracy(Int32Array.of(1), Int32Array.of(1, 2))).toThrow(RangeError);
  });
});

describe('wilsonInterval', () => {
  it('gives the textbook interval of 8 of 10', () => {
    const { low, high } = wilsonInterval(8, 10);
    expect(low).toBeCloseTo(0.4902, 4);
    expect(high).toBeCloseTo(0.9433, 4);
  });

  it('stays inside 0 … 1 and mirrors', () => {
    expect(wilsonInterval(0, 5).low).toBe(0);
    expect(wilsonInterval(5, 5).high).toBe(1);
    expect(wilsonInterval(3, 20).low).toBeCloseTo(1 - wilsonInterval(17, 20).high, 12);
  });
});

describe('pairedBootstrap', () => {
  const first = Array.from({ length: 200 }, (_, i) => (i % 10 < 8 ? 1 : 0));
  const second = Array.from({ length: 200 }, (_, i) => (i % 10 < 7 ? 1 : 0));

  it('agrees with the normal approximation of a mean of paired gaps', () => {
    const { difference, low, high, flips } = pairedBootstrap(first, second, { rng: rng(1), resamples: 4000 });
    expect(difference).toBeCloseTo(0.1, 12);
    const error = Math.sqrt((0.1 * 0.9) / 200);
    expect(low).toBeCloseTo(0.1 - 1.96 * error, 1.7);
    expect(high).toBeCloseTo(0.1 + 1.96 * error, 1.7);
    expect(flips).toBeLessThan(0.001);
  });

  it('is zero between a method and itself, and antisymmetric in its difference', () => {
    expect(pairedBootstrap(first, first, { rng: rng(2) })).toEqual({ difference: 0, low: 0, high: 0, flips: 0.5 });
    expect(pairedBootstrap(second, first, { rng: rng(2) }).difference).toBeCloseTo(-0.1, 12);
  });
});
