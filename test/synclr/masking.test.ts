import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { rng } from '../../lib/random/rng.js';
import { rowsOfStep } from '../../lib/synclr/batches.js';
import { paperIbot } from '../../lib/synclr/config.js';
import { type MaskAssignment, type MaskShape, maskPatches } from '../../lib/synclr/masking.js';

/** How many pairs of masked patches lie side by side. */
function neighbours(patches: number[], grid: number): number {
  const masked = new Set(patches);
  const right = patches.filter((p) => p % grid < grid - 1 && masked.has(p + 1));
  const below = patches.filter((p) => masked.has(p + grid));
  return right.length + below.length;
}

describe.each<MaskShape>(['random', 'block'])('maskPatches, %s', (shape) => {
  it('gives so many different patches of the grid, rising, and the same for the same stream', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 18 }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        fc.nat(),
        (grid, share, seed) => {
          const count = Math.floor(share * grid * grid);
          const patches = maskPatches(rng(seed, 'mask'), shape, grid, count);
          expect(patches.length).toBe(count);
          patches.forEach((p, i) => {
            expect(Number.isInteger(p) && p >= 0 && p < grid * grid && (i === 0 || p > patches[i - 1])).toBe(true);
          });
          expect(maskPatches(rng(seed, 'mask'), shape, grid, count)).toEqual(patches);
        },
      ),
    );
  });
});

it('at random, every patch of the grid is masked as often as its share', () => {
  const counts = new Array(49).fill(0);
  for (let seed = 0; seed < 600; seed++) for (const p of maskPatches(rng(seed, 'm'), 'random', 7, 24)) counts[p]++;
  for (const count of counts) {
    expect(count / ((600 * 24) / 49)).toBeGreaterThan(0.8);
    expect(count / ((600 * 24) / 49)).toBeLessThan(1.2);
  }
});

it('blocks hang together: many more masked patches are neighbours than at random', () => {
  const total = (shape: MaskShape) =>
    Array.from({ length: 50 }, (_, seed) => neighbours(maskPatches(rng(seed, 'n'), shape, 14, 98), 14)).reduce(
      (a, b) => a + b,
    );
  expect(total('block') / total('random')).toBeGreaterThan(1.4);
});

it('the code masks two of the four images of every caption, the paper any half; either way each image is in the batch', () => {
  const source = { captions: 8, imagesPerCaption: 4 };
  const batch = (assignment: MaskAssignment) =>
    rowsOfStep(rng(7, 'rows'), 5, source, { captions: 8, imagesPerCaption: 4, ibot: { ...paperIbot, assignment } });
  const maskedOf = (assignment: MaskAssignment) => {
    const counts = new Array(8).fill(0);
    for (const { label } of batch(assignment).slice(0, 16)) counts[label]++;
    return counts;
  };
  expect(maskedOf('perCaption')).toEqual(new Array(8).fill(2));
  expect(maskedOf('random').some((count) => count !== 2)).toBe(true);
  const names = (assignment: MaskAssignment) =>
    batch(assignment).map(({ caption, k, label }) => `${caption} ${k} ${label}`);
  expect(names('random').sort()).toEqual(names('perCaption').sort());
  expect(names('random')).not.toEqual(names('perCaption'));
});
