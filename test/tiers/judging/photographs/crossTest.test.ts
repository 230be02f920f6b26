import { describe, expect, it } from 'vitest';
import { featureSet } from '../../../../lib/evaluate/index.js';
import { rng } from '../../../../lib/random/rng.js';
import { crossTest, nearestRows } from '../../../../lib/tiers/judging/photographs/crossTest.js';
import { nearDuplicates } from '../../../../lib/tiers/judging/photographs/photographSets.js';

/** Three classes of eleven rows around a corner each; `spread` of noise. */
function clouds(spread: number, seed = 1) {
  const draw = rng(seed, 'clouds');
  const labels = Int32Array.from({ length: 33 }, (_, i) => i % 3);
  const features = Float32Array.from(
    { length: 33 * 6 },
    (_, k) => (labels[Math.floor(k / 6)] === k % 6 ? 4 : 0) + spread * draw.normal(),
  );
  return featureSet(features, labels, { classes: 3 });
}

describe('crossTest', () => {
  it('tests every row once: all right where classes lie apart, about a third where nothing tells them', async () => {
    const apart = await crossTest(clouds(0.1));
    expect([...apart.logistic].every((flag) => flag === 1)).toBe(true);
    expect([...apart.knn].every((flag) => flag === 1)).toBe(true);
    const shuffled = clouds(0.1);
    const labels = Int32Array.from(rng(3, 'labels').shuffle([...shuffled.labels]));
    const blind = await crossTest(featureSet(shuffled.features, labels, { classes: 3 }));
    expect(blind.logistic.filter(Boolean).length).toBeLessThan(24);
  });

  it('the same seed gives the same folds, another seed others', async () => {
    const set = clouds(3);
    const [first, again, other] = [
      await crossTest(set, { seed: 1 }),
      await crossTest(set, { seed: 1 }),
      await crossTest(set, { seed: 2 }),
    ];
    expect(again).toEqual(first);
    expect([...other.logistic, ...other.knn]).not.toEqual([...first.logistic, ...first.knn]);
  });
});

it('nearestRows: by cosine, nearest first, never itself', () => {
  const set = featureSet(Float32Array.of(1, 0, 2, 0.1, 0, 5, -1, 0), new Int32Array(4), { classes: 1 });
  expect(nearestRows(set, [0, 2], 2)).toEqual([
    [1, 2],
    [1, 0],
  ]);
});

it('nearDuplicates: the later of two that differ by light or a pixel, not of two that differ', () => {
  const draw = rng(5, 'pictures');
  const picture = Uint8Array.from({ length: 48 }, () => draw.int(200));
  const brighter = picture.map((value) => value + 30);
  const touched = picture.map((value, i) => (i === 7 ? value + 9 : value));
  const other = Uint8Array.from({ length: 48 }, () => draw.int(200));
  expect([...nearDuplicates([picture, other, brighter, touched])]).toEqual([2, 3]);
});
