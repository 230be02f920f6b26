import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import {
  asPublished,
  laptopLinearSegmentation,
  laptopSegmentation,
  paperSegmentationL,
  type SegmentationConfig,
  type UperNetConfig,
} from '../../../lib/evaluate/segmentation/config.js';
import type { MaskedImages } from '../../../lib/evaluate/segmentation/maskedImages.js';
import { segment } from '../../../lib/evaluate/segmentation/segment.js';
import { rng } from '../../../lib/random/rng.js';
import { initVit, vitConfigs } from '../../../lib/synclr/vit.js';

const folder = mkdtempSync(path.join(tmpdir(), 'segment-'));
afterAll(() => rmSync(folder, { recursive: true }));

const model = { ...vitConfigs.toy, image: 32, depth: 2 };
const backbone = { params: initVit(rng(1), model), config: model };

/** A red or a blue square on noise, 32 px. */
function squares(length: number, seed: number): MaskedImages {
  const size = 32;
  return {
    length,
    classes: ['noise', 'red', 'blue'],
    read(index) {
      const draw = rng(seed, index);
      const [x0, y0, label] = [draw.int(16), draw.int(16), 1 + (index % 2)];
      const mask = Uint8Array.from({ length: size * size }, (_, p) => {
        const [x, y] = [(p % size) - x0, Math.floor(p / size) - y0];
        return x >= 0 && x < 16 && y >= 0 && y < 16 ? label : 0;
      });
      const data = Uint8Array.from({ length: 3 * size * size }, (_, i) => {
        const own = mask[Math.floor(i / 3)];
        if (own === 0) return draw.int(256);
        return (own === 1) === (i % 3 === 0) && i % 3 !== 1 ? 230 : 40;
      });
      return { image: { width: size, height: size, data }, mask };
    },
  };
}

const uper: UperNetConfig = {
  ...(laptopSegmentation.head as UperNetConfig),
  blocks: [1, 1, 2, 2],
  channels: 8,
  auxiliary: { channels: 8, weight: 0.4 },
};
const small = { crop: 32, shorterSide: 32, longerSide: 128, stride: 20, batch: 8 };
const augmentation = { ...laptopSegmentation.augmentation, photometric: false };
const config: SegmentationConfig = {
  ...laptopSegmentation,
  ...small,
  augmentation,
  head: uper,
  steps: 30,
  warmup: 4,
  peakLearningRate: 1e-2,
  dropPath: 0.1,
  evaluateEvery: 15,
};
const splits = { train: squares(32, 1), test: squares(12, 2) };

describe('segment', () => {
  it('fine-tunes with UperNet far above chance', async () => {
    const { curve, last, best, finished } = await segment(backbone, splits, config, { seed: 0 });
    expect(finished).toBe(true);
    expect(curve.map(({ step }) => step)).toEqual([15, 30]);
    expect(curve[1].loss).toBeLessThan(0.8 * curve[0].loss);
    // Noise everywhere would have 0.75 / 3.
    expect(last!.meanIou).toBeGreaterThan(0.5);
    expect(best!.meanIou).toBeGreaterThanOrEqual(last!.meanIou);
  });

  it('trains a linear head alone on a frozen encoder', async () => {
    const linear: SegmentationConfig = {
      ...laptopLinearSegmentation,
      ...small,
      augmentation,
      steps: 60,
      evaluateEvery: 60,
    };
    const { last, weights } = await segment(backbone, splits, linear, { seed: 0 });
    expect(last!.meanIou).toBeGreaterThan(0.35);
    for (const [name, tensor] of Object.entries(backbone.params)) expect(weights[`backbone.${name}`]).toEqual(tensor);
  });

  it('goes on where it was stopped and ends with the same bits', async () => {
    const head = { ...uper, poolScales: [1, 2] };
    const short = { ...config, head, steps: 4, evaluateEvery: 2, augmentation: laptopSegmentation.augmentation };
    const whole = await segment(backbone, splits, short, { seed: 3 });
    const out = path.join(folder, 'resumed');
    const stop = new AbortController();
    const onStep = ({ step }: { step: number }) => step === 2 && stop.abort();
    const part = await segment(backbone, splits, short, { seed: 3, out, signal: stop.signal, onStep });
    expect(part).toMatchObject({ finished: false, steps: 3 });
    const rest = await segment(backbone, splits, short, { seed: 3, out });
    expect(rest.weights).toEqual(whole.weights);
    expect(rest.curve).toEqual(whole.curve);
    await expect(segment(backbone, splits, { ...short, power: 2 }, { seed: 3, out })).rejects.toThrow(
      'config.power: 1 then, 2 now',
    );
    const replaced = { ...splits, test: { ...splits.test, identity: 'other files' } };
    await expect(segment(backbone, replaced, short, { seed: 3, out })).rejects.toThrow('config.files');
  });

  it('refuses what does not fit together', async () => {
    const run = (change: Partial<SegmentationConfig>) =>
      segment(backbone, splits, { ...config, ...change }, { seed: 0 });
    await expect(run({ crop: 30 })).rejects.toThrow('patches of 8');
    await expect(run({ stride: 33 })).rejects.toThrow('gaps between them');
    await expect(run({ head: { ...uper, blocks: [1, 2, 3, 4] } })).rejects.toThrow('of 2');
    await expect(run({ frozen: true })).rejects.toThrow('drop path in a frozen encoder');
    await expect(
      segment(backbone, { ...splits, test: { ...splits.test, classes: ['a', 'b'] } }, config, { seed: 0 }),
    ).rejects.toThrow('those of the training set');
  });
});

describe('presets', () => {
  it('are Table 15, or the published code where it says so', () => {
    expect(paperSegmentationL).toMatchObject({
      steps: 160_000,
      warmup: 1500,
      batch: 16,
      peakLearningRate: 8e-5,
      dropPath: 0.2,
    });
    expect(paperSegmentationL.optimiser).toEqual({ betas: [0.9, 0.999], weightDecay: 0.05, layerDecay: 0.8 });
    const published = asPublished(paperSegmentationL);
    expect([published.peakLearningRate, published.optimiser.layerDecay]).toEqual([1e-4, 0.65]);
  });
});
