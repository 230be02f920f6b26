import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import type { LabelledImages } from '../../../lib/evaluate/features.js';
import { type FinetuneConfig, laptopFinetune, paperFinetuneB } from '../../../lib/evaluate/finetune/config.js';
import { finetune } from '../../../lib/evaluate/finetune/finetune.js';
import { testPicture, trainingPicture } from '../../../lib/evaluate/finetune/pictures.js';
import { cosineRateAt, polynomialRateAt } from '../../../lib/evaluate/finetune/schedule.js';
import { normalisations } from '../../../lib/pictures/normalise.js';
import { rng } from '../../../lib/random/rng.js';
import { initVit, vitConfigs } from '../../../lib/synclr/vit.js';

const folder = mkdtempSync(path.join(tmpdir(), 'finetune-'));
afterAll(() => rmSync(folder, { recursive: true }));

const model = vitConfigs.toy;
const backbone = { params: initVit(rng(1), model), config: model };

/** Squares of a class's colour somewhere on noise, 20 px. */
function squares(length: number, seed: number): LabelledImages {
  const size = 20;
  const colours = [
    [230, 40, 40],
    [40, 230, 40],
    [40, 40, 230],
  ];
  return {
    length,
    size,
    classes: ['red', 'green', 'blue'],
    batch(indices) {
      const images = new Uint8Array(indices.length * size * size * 3);
      indices.forEach((index, i) => {
        const draw = rng(seed, index);
        const [x0, y0] = [draw.int(8), draw.int(8)];
        for (let p = 0; p < size * size; p++) {
          const [x, y] = [p % size, Math.floor(p / size)];
          const inside = x >= x0 && x < x0 + 12 && y >= y0 && y < y0 + 12;
          const colour = inside ? colours[index % 3] : [draw.int(256), draw.int(256), draw.int(256)];
          images.set(colour, 3 * (i * size * size + p));
        }
      });
      return { images, labels: Int32Array.from(indices, (index) => index % 3) };
    },
  };
}

const config: FinetuneConfig = {
  ...laptopFinetune,
  epochs: 8,
  batch: 16,
  baseLearningRate: 0.16,
  optimiser: { ...laptopFinetune.optimiser, layerDecay: 0.8 },
  randAugment: null,
  mix: { ...laptopFinetune.mix, probability: 0.3 },
  ema: { decay: 0.9, warm: true },
};
const splits = { train: squares(96, 1), test: squares(60, 2) };

describe('finetune', () => {
  it('learns a toy set far above chance, with raw and averaged weights, and tells last from best', async () => {
    const { curve, raw, ema, finished, steps } = await finetune(backbone, splits, config, { seed: 0 });
    expect(finished).toBe(true);
    expect(steps).toBe(48);
    expect(curve.map(({ epoch }) => epoch)).toEqual([5, 8]);
    expect(curve[1].loss).toBeLessThan(0.9 * curve[0].loss);
    for (const scores of [raw!, ema!]) {
      expect(scores.last.accuracy).toBeGreaterThan(0.7);
      expect(scores.best.accuracy).toBeGreaterThanOrEqual(scores.last.accuracy);
      expect(scores.last.interval.low).toBeLessThan(scores.last.accuracy);
    }
  });

  it('goes on where it was stopped and ends with the same bits', async () => {
    const short: FinetuneConfig = {
      ...config,
      epochs: 2,
      batch: 32,
      evaluateEvery: 1,
      randAugment: paperFinetuneB.randAugment,
    };
    const whole = await finetune(backbone, splits, short, { seed: 3 });
    const out = path.join(folder, 'resumed');
    const stop = new AbortController();
    const onStep = ({ step }: { step: number }) => step === 3 && stop.abort();
    const part = await finetune(backbone, splits, short, { seed: 3, out, signal: stop.signal, onStep });
    expect(part).toMatchObject({ finished: false, steps: 4 });
    expect(part.raw?.last.epoch).toBe(1);
    const rest = await finetune(backbone, splits, short, { seed: 3, out });
    expect(rest.params).toEqual(whole.params);
    expect(rest.curve).toEqual(whole.curve);
    // A finished run is not done again.
    expect((await finetune(backbone, splits, short, { seed: 3, out })).params).toEqual(whole.params);
    await expect(finetune(backbone, splits, short, { seed: 4, out })).rejects.toThrow('seed: 3 then, 4 now');
    const other = { ...backbone, params: initVit(rng(2), model) };
    await expect(finetune(other, splits, short, { seed: 3, out })).rejects.toThrow('config.start');
    // Nor does it pass for one on other pictures of the same names.
    const { train, test } = splits;
    const replaced = { train, test: { ...test, identity: 'other files' } };
    await expect(finetune(backbone, replaced, short, { seed: 3, out })).rejects.toThrow('config.files');
    const fewer = { train, test: { ...test, length: test.length - 1 } };
    await expect(finetune(backbone, fewer, short, { seed: 3, out })).rejects.toThrow(/config\.test: (\d+) then/);
  });

  it('refuses a loss that is not finite, and names the step', async () => {
    const params = { ...backbone.params, 'norm.bias': { ...backbone.params['norm.bias'] } };
    params['norm.bias'].data = new Float32Array(model.width).fill(Number.NaN);
    await expect(finetune({ ...backbone, params }, splits, config, { seed: 0 })).rejects.toThrow('fine-tuning, step 0');
  });

  it('refuses what does not fit together', async () => {
    const run = (change: Partial<FinetuneConfig>, test = splits.test) =>
      finetune(backbone, { ...splits, test }, { ...config, ...change }, { seed: 0 });
    await expect(run({ batch: 97 })).rejects.toThrow('batches of 97 of 96 pictures');
    await expect(run({ testCropRatio: 0 })).rejects.toThrow('a test crop ratio of 0');
    await expect(run({}, { ...splits.test, classes: ['red'] })).rejects.toThrow('the classes of the training set');
  });
});

describe('pictures', () => {
  const image = { width: 20, height: 20, data: Uint8Array.from({ length: 1200 }, (_, i) => (i * 7) % 256) };
  const plain = { ...config, flip: 0, erasing: 0, area: [1, 1] as const };

  it('for testing are the middle at the ratio, normalised', () => {
    // 16 of ⌊16 / 0.8⌋ = 20: no resizing, two pixels off each side.
    const out = testPicture(image, 16, { ...plain, testCropRatio: 0.8 });
    const { mean, std } = normalisations.clip;
    for (const [y, x, c] of [
      [0, 0, 0],
      [5, 9, 1],
      [15, 15, 2],
    ]) {
      const byte = image.data[3 * ((y + 2) * 20 + x + 2) + c];
      expect(out[3 * (y * 16 + x) + c]).toBeCloseTo((byte / 255 - mean[c]) / std[c], 5);
    }
  });

  it('for training differ from draw to draw, and repeat for a stream', () => {
    const draw = (seed: number) =>
      trainingPicture(rng(seed), image, 16, { ...config, randAugment: paperFinetuneB.randAugment });
    expect(draw(1)).toEqual(draw(1));
    expect(draw(1)).not.toEqual(draw(2));
  });
});

describe('schedules', () => {
  it('warm up, peak, and end where they should', () => {
    const cosine = { total: 100, warmup: 20, peak: 2e-4, least: 1e-6 };
    expect([0, 10, 20, 60, 100].map((step) => cosineRateAt(step, cosine))).toEqual(
      [0, 1e-4, 2e-4, 1.005e-4, 1e-6].map((rate) => expect.closeTo(rate, 10)),
    );
    const poly = { total: 60_000, warmup: 1500, peak: 8e-5 };
    expect([0, 750, 1500, 30_750, 60_000].map((step) => polynomialRateAt(step, poly))).toEqual(
      [8e-11, 4e-5, 8e-5, 4e-5, 0].map((rate) => expect.closeTo(rate, 9)),
    );
    expect(polynomialRateAt(30_750, { ...poly, power: 2 })).toBeCloseTo(2e-5, 12);
  });
});
