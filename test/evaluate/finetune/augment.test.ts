import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { tf } from '../../../lib/engine/tf.js';
import { cutMix, drawBeta, drawMix, mixImages, mixTargets } from '../../../lib/evaluate/finetune/mix.js';
import {
  applyOperation,
  drawOperations,
  paperRandAugment,
  type RandAugmentName,
  randAugment,
  randAugmentOperations,
} from '../../../lib/evaluate/finetune/randAugment.js';
import { eraseRandomly } from '../../../lib/evaluate/finetune/randomErasing.js';
import { softCrossEntropy } from '../../../lib/evaluate/finetune/softCrossEntropy.js';
import { rng } from '../../../lib/random/rng.js';
import { hostTensor } from '../../../lib/runs/hostTensor.js';

const golden = JSON.parse(readFileSync('test/evaluate/finetune/golden/augment.json', 'utf8'));
const [width, height] = [13, 11];
const image = {
  width,
  height,
  data: Uint8Array.from({ length: 3 * width * height }, (_, i) => 127.5 + 120 * Math.sin(0.9 * i + 0.004 * i * i)),
};
const FILL = [123, 117, 104] as const;

describe('RandAugment', () => {
  it.each(golden.operations as { name: RandAugmentName; value: number; image: number[] }[])(
    'has $name $value of timm and Pillow',
    ({ name, value, image: expected }) => {
      const { data } = applyOperation(image, name, value, FILL);
      const worst = Math.max(...expected.map((v, i) => Math.abs(v - data[i])));
      // Interpolated values may fall on the two sides of a whole number.
      const turns = /Rotate|Shear|Translate/.test(name);
      expect(worst).toBeLessThanOrEqual(turns ? 1 : 0);
      if (turns) expect(expected.filter((v, i) => v !== data[i]).length).toBeLessThan(0.01 * expected.length);
    },
  );

  it('means the same by a level as timm', () => {
    for (const { name, level, sign, value } of golden.levels) {
      const operation = randAugmentOperations[name as RandAugmentName];
      expect(operation.value(level, sign), `${name} ${level}`).toBeCloseTo(value, 12);
    }
  });

  it('draws every operation, half of them applied, at levels about the magnitude', () => {
    const drawn = Array.from({ length: 3000 }, (_, i) => drawOperations(rng(i), paperRandAugment)).flat();
    expect(drawn.length / 6000).toBeCloseTo(0.5, 1);
    expect(new Set(drawn.map(([name]) => name)).size).toBe(15);
    const degrees = drawn.filter(([name]) => name === 'Rotate').map(([, value]) => Math.abs(value));
    expect(degrees.reduce((a, b) => a + b) / degrees.length).toBeCloseTo(27, 0);
    expect(Math.max(...degrees)).toBeLessThanOrEqual(30);
  });

  it('is a function of its stream, and leaves the image it was given alone', () => {
    const before = image.data.slice();
    const twice = [0, 1].map(() => randAugment(rng(5), image, { ...paperRandAugment, probability: 1 }, FILL).data);
    expect(twice[0]).toEqual(twice[1]);
    expect(image.data).toEqual(before);
  });
});

const batch = () =>
  hostTensor(
    Float32Array.from({ length: 432 }, (_, i) => Math.sin(0.37 * i)),
    [4, 6, 6, 3],
  );
const labels = [2, 0, 4, 4];

function expectClose(found: ArrayLike<number>, expected: readonly number[], tolerance: number) {
  expect(found.length).toBe(expected.length);
  expect(Math.max(...expected.map((v, i) => Math.abs(v - found[i])))).toBeLessThan(tolerance);
}

describe('mixup and CutMix', () => {
  it('mix images as timm does', () => {
    const images = batch();
    mixImages(images, { share: 0.3 });
    expectClose(images.data, golden.mixup, 2e-6);
    for (const { share, centre, box, corrected, images: expected } of golden.cutmix) {
      const mix = cutMix(share, centre[0], centre[1], 6);
      expect(Object.values(mix.box!)).toEqual(box);
      expect(mix.share).toBeCloseTo(corrected, 12);
      const cut = batch();
      mixImages(cut, mix);
      expectClose(cut.data, expected, 2e-6);
    }
  });

  it('give the targets, loss and gradient of timm', () => {
    const targets = mixTargets(labels, { classes: 5, smoothing: 0.1, share: 0.3 });
    expectClose(targets.data, golden.targets, 1e-6);
    const logits = tf.tensor2d(
      Array.from({ length: 20 }, (_, i) => Math.sin(1.1 * i)),
      [4, 5],
    );
    const { value, grad } = tf.valueAndGrad((x: tf.Tensor) =>
      softCrossEntropy(x as tf.Tensor2D, tf.tensor2d(targets.data as Float32Array, [4, 5])),
    )(logits);
    expect(value.dataSync()[0]).toBeCloseTo(golden.loss, 6);
    expectClose(grad.dataSync(), golden.gradient, 1e-6);
  });

  it('leave a share that is what was not cut, and targets that sum to one', () => {
    fc.assert(
      fc.property(fc.integer(), fc.integer({ min: 2, max: 40 }), (seed, size) => {
        const mix = drawMix(rng(seed), { mixup: 0.8, cutmix: 1, probability: 1, switchProbability: 0.5 }, size);
        expect(mix.share).toBeGreaterThanOrEqual(0);
        expect(mix.share).toBeLessThanOrEqual(1);
        const { data } = mixTargets(labels, { classes: 5, smoothing: 0.1, share: mix.share });
        expect(Array.from(data.subarray(0, 5)).reduce((a, b) => a + b)).toBeCloseTo(1, 5);
      }),
    );
  });

  it('mix every second batch by each, and none where they are off', () => {
    const settings = { mixup: 0.8, cutmix: 1, probability: 1, switchProbability: 0.5 };
    const mixes = Array.from({ length: 1000 }, (_, i) => drawMix(rng(i), settings, 32));
    expect(mixes.filter(({ box }) => box).length / 1000).toBeCloseTo(0.5, 1);
    expect(drawMix(rng(0), { ...settings, mixup: 0, cutmix: 0 }, 32)).toEqual({ share: 1 });
    expect(drawMix(rng(0), { ...settings, probability: 0 }, 32)).toEqual({ share: 1 });
  });

  it.each([0.8, 1, 0.3])('draw from Beta(%d, %d)', (alpha) => {
    const stream = rng(3, 'beta');
    const draws = Array.from({ length: 20_000 }, () => drawBeta(stream, alpha));
    const mean = draws.reduce((a, b) => a + b) / draws.length;
    const variance = draws.reduce((sum, x) => sum + (x - mean) ** 2, 0) / draws.length;
    expect(mean).toBeCloseTo(0.5, 1.8);
    expect(Math.abs(variance * 4 * (2 * alpha + 1) - 1)).toBeLessThan(0.03);
  });
});

describe('random erasing', () => {
  it('fills one rectangle of 2 to 33 % with noise in a quarter of the images', () => {
    const size = 32;
    const shares = Array.from({ length: 800 }, (_, i) => {
      const pixels = new Float32Array(3 * size * size);
      eraseRandomly(rng(i), pixels, { size, probability: 0.25 });
      return pixels.reduce((sum, v) => sum + (v !== 0 ? 1 : 0), 0) / pixels.length;
    });
    const erased = shares.filter((share) => share > 0);
    expect(erased.length / shares.length).toBeCloseTo(0.25, 1);
    expect(Math.min(...erased)).toBeGreaterThan(0.015);
    expect(Math.max(...erased)).toBeLessThan(0.36);
  });
});
