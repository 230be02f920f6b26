import path from 'node:path';
import { beforeAll, describe, expect, it, vi } from 'vitest';
import { type GenerateOptions, openPipeline } from '../../lib/diffusion/pipeline.js';
import { rng } from '../../lib/random/rng.js';
import { readSafetensors } from '../../lib/runs/safetensors.js';

/** A small model of Stable Diffusion 1.5's graphs, and what diffusers makes with it: golden/stableDiffusion.py. */
const golden = path.join(import.meta.dirname, 'golden');
const { tensors, metadata } = readSafetensors(path.join(golden, 'stableDiffusion.safetensors'));
const prompt = { id: 'c0', text: metadata.prompt };
const COUNT = 4 * 8 * 8;
const latentOf = (guidance: number, step: number) =>
  tensors[`latents.${guidance}`].data.slice((step - 1) * COUNT, step * COUNT);

/** The image of the golden numbers, and its latent before the first step and after each. */
async function run(folder: string, { batch = 1, ...options }: Partial<GenerateOptions> & { batch?: number } = {}) {
  const providers = ['cpu'] as const;
  const pipeline = await openPipeline(path.join(golden, folder), {
    providers,
    scheduler: 'ddim',
    batch,
    log: () => {},
  });
  const latents: Float32Array[] = [];
  const onStep: GenerateOptions['onStep'] = (_step, _look, samples) => {
    latents.push(samples.slice(0, COUNT));
  };
  const given = { prompts: [prompt], imagesPerPrompt: 1, steps: 50, seed: 7, onStep, ...options };
  const images = await pipeline.generate(given);
  await pipeline.release();
  return { images, latents };
}

function farthest(a: ArrayLike<number>, b: ArrayLike<number>): number {
  expect(a.length).toBe(b.length);
  return Array.from(a).reduce((most, x, i) => Math.max(most, Math.abs(x - b[i])), 0);
}

describe("Stable Diffusion 1.5's graphs", () => {
  // Networks as small as these are faster without threads.
  beforeAll(() => {
    vi.stubEnv('SYNCLR_THREADS', '1');
    return () => vi.unstubAllEnvs();
  });

  it('start from the noise of seed, caption and k that the golden numbers start from', () => {
    const noise = rng(7, 'noise', 'c0', 0).child('start').normals(COUNT);
    expect([...noise]).toEqual([...tensors.noise.data]);
  });

  it.each([2.5, 7.5])("follow diffusers' 50 DDIM steps to the same pixels, guidance %d", async (guidance) => {
    const { images, latents } = await run('tiny-sd', { guidance });
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
    const options = { steps: 4, guidance: 2.5 };
    const [other, same] = [{ ...prompt, text: 'two small birds' }, prompt];
    const { images } = await run('tiny-sd', { ...options, prompts: [other, same] });
    expect(farthest(images[0].image, images[1].image)).toBeGreaterThan(20);
  });

  it('run in 16 bits, to three digits', async () => {
    const { images, latents } = await run('tiny-sd-fp16', { guidance: 2.5 });
    expect(farthest(latents[50], latentOf(2.5, 50))).toBeLessThan(0.02);
    expect(farthest(images[0].image, tensors['pixels.2.5'].data)).toBeLessThanOrEqual(3);
  });

  it('give the same images in batches of 1, 3 and 8', async () => {
    const prompts = [{ id: 'c1', text: 'a red apple' }, prompt];
    const options = { prompts, imagesPerPrompt: 2, steps: 2 };
    const { images: one } = await run('tiny-sd', { ...options, batch: 1 });
    for (const batch of [3, 8]) {
      const { images } = await run('tiny-sd', { ...options, batch });
      images.forEach(({ image }, i) => {
        expect(image).toEqual(one[i].image);
      });
    }
  });

  it('say how much of a long caption was not read', async () => {
    const text = 'cat '.repeat(100);
    const long = [text, `${text} dog`].map((words) => ({ id: 'long', text: words }));
    const { images } = await run('tiny-sd', { prompts: [...long, prompt], steps: 1, batch: 3 });
    const [cut, more] = images.map(({ truncatedTokens }) => truncatedTokens);
    expect(cut).toBeGreaterThan(100 + 2 - 78);
    expect(more).toBeGreaterThan(cut);
    expect(images[1].image).toEqual(images[0].image);
    expect(images[2].truncatedTokens).toBe(0);
  });
});
