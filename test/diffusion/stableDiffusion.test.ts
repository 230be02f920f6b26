import path from 'node:path';
import { beforeAll, describe, expect, it, vi } from 'vitest';
import { openPipeline } from '../../lib/diffusion/pipeline.js';
import type { GenerateOptions, TextToImage } from '../../lib/diffusion/textToImage.js';
import { rng } from '../../lib/random/rng.js';
import { readSafetensors } from '../../lib/runs/safetensors.js';

/** A small model of Stable Diffusion 1.5's graphs, and what diffusers makes with it: golden/stableDiffusion.py. */
const golden = path.join(import.meta.dirname, 'golden');
const { tensors, metadata } = readSafetensors(path.join(golden, 'stableDiffusion.safetensors'));
const prompt = { id: 'c0', text: metadata.prompt };
const COUNT = 4 * 8 * 8;
const latentOf = (guidance: number, step: number) =>
  tensors[`latents.${guidance}`].data.slice((step - 1) * COUNT, step * COUNT);

const open = (folder: string, batch: number) =>
  openPipeline(path.join(golden, folder), { providers: ['cpu'], scheduler: 'ddim', batch, log: () => {} });

/** Images, and the first one's latent before the first step and after each. */
async function run(pipeline: TextToImage, options: Partial<GenerateOptions>) {
  const latents: Float32Array[] = [];
  const onStep: GenerateOptions['onStep'] = (_step, _look, samples) => {
    latents.push(samples.slice(0, COUNT));
  };
  const images = await pipeline.generate({ prompts: [prompt], imagesPerPrompt: 1, seed: 7, onStep, ...options });
  return { images, latents };
}

function farthest(a: ArrayLike<number>, b: ArrayLike<number>): number {
  expect(a.length).toBe(b.length);
  return Array.from(a).reduce((most, x, i) => Math.max(most, Math.abs(x - b[i])), 0);
}

describe("Stable Diffusion 1.5's graphs", () => {
  let pipeline: TextToImage;
  beforeAll(async () => {
    // Networks as small as these are faster without threads.
    vi.stubEnv('SYNCLR_THREADS', '1');
    pipeline = await open('tiny-sd', 1);
    return async () => {
      vi.unstubAllEnvs();
      await pipeline.release();
    };
  });

  it('start from the noise of seed, caption and k that the golden numbers start from', () => {
    const noise = rng(7, 'noise', 'c0', 0).child('start').normals(COUNT);
    expect([...noise]).toEqual([...tensors.noise.data]);
  });

  it.each([2.5, 7.5])("follow diffusers' 50 DDIM steps to the same pixels, guidance %d", async (guidance) => {
    const { images, latents } = await run(pipeline, { guidance, steps: 50 });
    expect(latents).toHaveLength(51);
    latents.slice(1).forEach((latent, i) => {
      expect(farthest(latent, latentOf(guidance, i + 1))).toBeLessThan(1e-4);
    });
    expect(farthest(images[0].image, tensors[`pixels.${guidance}`].data)).toBeLessThanOrEqual(1);
    expect(images[0].truncatedTokens).toBe(0);
  });

  it('would not agree by chance: another guidance or caption is another picture', async () => {
    expect(farthest(latentOf(2.5, 50), latentOf(7.5, 50))).toBeGreaterThan(1);
    expect(farthest(tensors['pixels.2.5'].data, tensors['pixels.7.5'].data)).toBeGreaterThan(100);
    const other = { ...prompt, text: 'two small birds' };
    const { images } = await run(pipeline, { prompts: [other, prompt], steps: 4 });
    expect(farthest(images[0].image, images[1].image)).toBeGreaterThan(20);
  });

  it('run in 16 bits, to three digits', async () => {
    const halves = await open('tiny-sd-fp16', 1);
    const [rough, fine] = [await run(halves, { steps: 6 }), await run(pipeline, { steps: 6 })];
    await halves.release();
    const apart = farthest(rough.latents[6], fine.latents[6]);
    expect(apart).toBeLessThan(0.02);
    expect(apart).toBeGreaterThan(0);
    expect(farthest(rough.images[0].image, fine.images[0].image)).toBeLessThanOrEqual(3);
  });

  it('give the same images in batches of 1, 3 and 8; of long captions what fits, and say how much does not', async () => {
    const text = 'cat '.repeat(100);
    const prompts = [prompt, { id: 'long', text }, { id: 'long', text: `${text} dog` }];
    const { images: one } = await run(pipeline, { prompts, steps: 1 });
    const [none, cut, more] = one.map(({ truncatedTokens }) => truncatedTokens);
    expect(none).toBe(0);
    expect(cut).toBeGreaterThan(100 + 2 - 78);
    expect(more).toBeGreaterThan(cut);
    expect(farthest(one[2].image, one[1].image)).toBe(0);
    for (const batch of [3, 8]) {
      const other = await open('tiny-sd', batch);
      const { images } = await run(other, { prompts, steps: 1 });
      await other.release();
      images.forEach(({ image }, i) => {
        expect(farthest(image, one[i].image)).toBe(0);
      });
    }
  });
});
