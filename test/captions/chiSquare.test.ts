import { expect, it } from 'vitest';
import { chiSquareAbove, countsOf, pearson } from './chiSquare.js';

// mpmath.gammainc(freedom / 2, x / 2, regularized=True) with 30 digits.
it.each([
  [24.32, 7, 0.001000765889163179],
  [13.82, 2, 0.0009977577964843],
  [0.5, 1, 0.4795001221869535],
  [100, 120, 0.9077349480410669],
  [250, 199, 0.00823011304472476],
])('χ² above %f with %i degrees of freedom', (x, freedom, probability) => {
  expect(chiSquareAbove(x, freedom)).toBeCloseTo(probability, 12);
});

it('counts against shares', () => {
  const counts = countsOf(['a', 'a', 'b']);
  // (2 − 1.5)² / 1.5 twice is 1/3; P(χ²₁ > 1/3) = erfc(√(1/6)).
  expect(pearson(counts, { a: 0.5, b: 0.5 })).toBeCloseTo(0.5637028616507731, 12);
  expect(pearson(counts, { a: 1, b: 0 })).toBe(0);
});
