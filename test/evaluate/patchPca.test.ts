import { describe, expect, it } from 'vitest';
import { foregroundIou, maskToGrid, middleBox } from '../../lib/evaluate/foregroundIou.js';
import { otsuThreshold } from '../../lib/evaluate/otsu.js';
import { patchForeground, patchPca } from '../../lib/evaluate/patchPca.js';
import { principalComponents } from '../../lib/evaluate/pca.js';
import { rng } from '../../lib/random/rng.js';

describe('principalComponents', () => {
  it('finds the axis of points on a line and its variance', () => {
    const rows = Float64Array.of(0, 1, 3, 5, 6, 9);
    const { axes, variances, scores } = principalComponents(rows, { width: 2, components: 2 });
    expect([...axes.subarray(0, 2)]).toEqual([expect.closeTo(0.6, 12), expect.closeTo(0.8, 12)]);
    expect(variances[0]).toBeCloseTo(50 / 3, 12);
    expect(variances[1]).toBeCloseTo(0, 12);
    expect([scores[0], scores[2], scores[4]]).toEqual([
      expect.closeTo(-5, 12),
      expect.closeTo(0, 12),
      expect.closeTo(5, 12),
    ]);
  });
});

/** Two images of 6 × 8 patches with an object of 2 × 4 in the middle, whose parts differ. */
function scene(sign: number) {
  const draw = rng(11);
  const grid = [6, 8] as const;
  const exact = Uint8Array.from({ length: 48 }, (_, i) => {
    const [row, column] = [Math.floor(i / 8), i % 8];
    return row >= 2 && row < 4 && column >= 2 && column < 6 ? 1 : 0;
  });
  const tokens = [0, 1].map((image) => {
    const noise = draw.child(image).normals(48 * 5);
    return noise.map((z, i) => {
      const [patch, feature] = [Math.floor(i / 5), i % 5];
      const object = exact[patch] ? 8 * sign : 0;
      return 0.05 * z + (feature === 0 ? object : 0) + (feature === 1 && exact[patch] ? patch % 8 : 0);
    });
  });
  return { tokens, grid, exact };
}

describe('patchPca', () => {
  it.each([1, -1])('calls the object foreground whatever the sign of its feature (%i)', (sign) => {
    const { tokens, grid, exact } = scene(sign);
    const { masks, foreground } = patchPca(tokens, { grid });
    for (const mask of masks) expect(foregroundIou(mask, exact)).toBe(1);
    expect(foreground).toEqual([8 / 48, 8 / 48]);
  });

  it('stretches every channel over the foreground of the whole set and leaves the background black', () => {
    const { tokens, grid, exact } = scene(1);
    const { colours, masks } = patchPca(tokens, { grid });
    for (let channel = 0; channel < 3; channel++) {
      const kept = colours.flatMap((image, n) =>
        [...masks[n]].flatMap((flag, i) => (flag ? [image[3 * i + channel]] : [])),
      );
      expect(Math.min(...kept)).toBe(0);
      expect(Math.max(...kept)).toBe(255);
    }
    exact.forEach((flag, i) => {
      if (!flag) expect([...colours[0].subarray(3 * i, 3 * i + 3)]).toEqual([0, 0, 0]);
    });
    // The first component of the object is its gradient from left to right, up to the sign.
    const red = [2, 3, 4, 5].map((column) => colours[0][3 * (2 * 8 + column)]);
    const rises = red.every((value, i) => i === 0 || value > red[i - 1]);
    const falls = red.every((value, i) => i === 0 || value < red[i - 1]);
    expect(rises || falls).toBe(true);
  });

  it('with Otsu’s threshold, an image whose scores are all higher keeps its background', () => {
    const { tokens, grid, exact } = scene(1);
    // The second image as a whole lies further along the object's feature than the first one's object.
    const moved = [tokens[0], tokens[1].map((value, i) => (i % 5 === 0 ? value + 12 : value))];
    const [fixed, own] = patchForeground(moved, { grid, thresholds: [0, 'otsu'] });
    expect(foregroundIou(fixed[1], exact)).toBeLessThan(0.5);
    for (const mask of own) expect(foregroundIou(mask, exact)).toBe(1);
    expect(patchPca(moved, { grid, threshold: 'otsu' }).masks).toEqual(own);
  });

  it('refuses tokens that do not fit the grid', () => {
    expect(() => patchPca([new Float32Array(49 * 4)], { grid: [6, 8] })).toThrow('drop the cls token');
  });
});

describe('otsuThreshold', () => {
  it('is the cut of least variance within its two groups, as trying all of them finds', () => {
    const values = [
      ...rng(2).normals(40),
      ...rng(3)
        .normals(15)
        .map((z) => z + 4),
    ];
    const spread = (of: number[]) => {
      const mean = of.reduce((sum, x) => sum + x, 0) / of.length;
      return of.reduce((sum, x) => sum + (x - mean) ** 2, 0);
    };
    const costOf = (cut: number) => spread(values.filter((x) => x <= cut)) + spread(values.filter((x) => x > cut));
    const sorted = [...values].sort((a, b) => a - b);
    const costs = sorted.slice(0, -1).map(costOf);
    expect(costOf(otsuThreshold(values))).toBeCloseTo(Math.min(...costs), 9);
  });

  it('lies halfway between two values, and moves and grows with them', () => {
    expect(otsuThreshold([0, 1, 10, 11])).toBe(5.5);
    expect(otsuThreshold([3, 5, 23, 25].map((x) => -x))).toBe(-14);
    expect(otsuThreshold([7])).toBe(7);
    expect(() => otsuThreshold([])).toThrow(RangeError);
  });
});

describe('foreground masks', () => {
  it('a box in the middle covers three quarters of each side', () => {
    const box = middleBox([8, 16]);
    expect(box.reduce((sum, flag) => sum + flag, 0)).toBe(6 * 12);
    expect([...box.subarray(0, 16)]).toEqual(Array(16).fill(0));
    expect([...box.subarray(16, 32)]).toEqual([0, 0, ...Array(12).fill(1), 0, 0]);
  });

  it('keeps patches that are at least half covered', () => {
    const mask = Uint8Array.of(1, 1, 0, 1, 0, 0, 0, 0);
    expect([...maskToGrid(mask, { size: [2, 4], grid: [1, 2] })]).toEqual([1, 0]);
    expect([...maskToGrid(mask, { size: [2, 4], grid: [1, 2], coverage: 0.25 })]).toEqual([1, 1]);
  });

  it('is intersection over union', () => {
    expect(foregroundIou(Uint8Array.of(1, 1, 0, 0), Uint8Array.of(0, 1, 1, 0))).toBeCloseTo(1 / 3, 12);
    expect(foregroundIou(new Uint8Array(3), new Uint8Array(3))).toBe(1);
  });
});
