import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { realScenes } from '../../lib/data/index.js';
import { logSpacedLambdas } from '../../lib/evaluate/index.js';
import { encodePatches, openEncoder } from '../../lib/synclr/index.js';
import {
  imageSource,
  liveImages,
  liveTraining,
  promptCaptions,
  type Tier,
  tierCaptions,
  tierConcepts,
  tierEncoders,
  tierSettings,
  trainLive,
} from '../../lib/tiers/index.js';
import { classify } from '../evaluate/classify.js';

describe('the smoke tier, from captions to accuracy', () => {
  const root = mkdtempSync(path.join(tmpdir(), 'smoke-'));
  const { size, liveCaptions, imagesPerCaption } = tierSettings('smoke');

  it('trains a generator, paints captions, trains an encoder and judges it on real images', async () => {
    const images = await liveImages('smoke', { root });
    expect(images.captions.length).toBe(liveCaptions);
    expect((await images.image(0, 0)).length).toBe(size * size * 3);
    // A caption's class is its concept.
    const { classOf } = imageSource(images);
    const same = (a: number, b: number) => images.captions[a].concept === images.captions[b].concept;
    for (let i = 1; i < liveCaptions; i++) expect(classOf?.(i) === classOf?.(0)).toBe(same(i, 0));
    // Four noises, four pictures.
    const four = await Promise.all(Array.from({ length: imagesPerCaption }, (_, k) => images.image(0, k)));
    const distinct = new Set(four.map((image) => Buffer.from(image).toString('hex')));
    expect(distinct.size).toBe(imagesPerCaption);

    const run = await trainLive('smoke', { root });
    const losses = run.metrics.map(({ loss }) => loss);
    const mean = (list: number[]) => list.reduce((a, b) => a + b, 0) / list.length;
    expect(losses.every(Number.isFinite)).toBe(true);
    expect(mean(losses.slice(-5))).toBeLessThan(mean(losses.slice(0, 5)));

    const [{ params, model }] = await tierEncoders('smoke', { root });
    const encoder = await openEncoder(params, model);
    const concepts = tierConcepts('smoke').slice(0, 4);
    const split = (name: 'train' | 'val' | 'test', count: number) =>
      realScenes({ split: name, concepts, count, seed: 0, size });
    const scores = await classify(
      (batch) => encoder.encode(batch),
      {
        train: await split('train', 80),
        validation: await split('val', 40),
        test: await split('test', 80),
      },
      { lambdas: logSpacedLambdas(3) },
    );
    await encoder.release();
    expect(scores.counts).toEqual({ train: 80, validation: 40, test: 80 });
    expect(scores.accuracy).toBeGreaterThan(0.25); // guessing among four
    expect(scores.interval.low).toBeLessThan(scores.accuracy);

    const patches = await encodePatches(params, model, [await images.image(0, 0)]);
    expect(patches.length).toBe((model.image / model.patch) ** 2 * model.width);
  }, 240_000);

  it('gives the same images when they are made again', async () => {
    const again = mkdtempSync(path.join(tmpdir(), 'smoke-again-'));
    const first = await liveImages('smoke', { root });
    const second = await liveImages('smoke', { root: again });
    expect(await second.image(3, 2)).toEqual(await first.image(3, 2));
  }, 240_000);

  it('takes its captions from the committed log, those that name their concept', () => {
    const names = new Set(tierConcepts('smoke').map(({ name }) => name));
    const captions = tierCaptions('smoke');
    expect(captions.length).toBeGreaterThanOrEqual(liveCaptions);
    for (const { caption, concept } of captions) {
      expect(names).toContain(concept);
      expect(caption.toLowerCase()).toContain(concept.split(' ')[0].slice(0, -2));
    }
    expect(promptCaptions('smoke').map(({ id }) => id)).toEqual(captions.map(({ index }) => String(index)));
    expect(liveTraining('smoke').model.image).toBe(size);
  });

  it('refuses a tier that does not exist', () => {
    expect(() => tierSettings('paper' as Tier)).toThrow(/one of smoke, laptop[\s\S]*needs GPUs/);
  });
});
