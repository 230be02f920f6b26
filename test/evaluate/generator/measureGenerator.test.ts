import { describe, expect, it } from 'vitest';
import { worldConcepts } from '../../../lib/data/concepts.js';
import { GENERATOR_FAMILIES } from '../../../lib/data/families.js';
import type { TextToImage } from '../../../lib/diffusion/textToImage.js';
import { InputError } from '../../../lib/errors.js';
import { captionScenes, type MeasuredCaption } from '../../../lib/evaluate/generator/captionScenes.js';
import { measureGenerator, prepareMeasuring } from '../../../lib/evaluate/generator/measureGenerator.js';
import type { Judge } from '../../../lib/evaluate/judge/judgeOf.js';

const concepts = worldConcepts({ count: 3 });
const size = 16;
const captions: MeasuredCaption[] = Array.from({ length: 8 }, (_, i) => ({
  id: `c${i}`,
  text: concepts[i % 3].name,
  concept: concepts[i % 3].name,
  ...(i % 2 === 0 ? { background: 'sea' } : {}),
}));

/** Sees the mean colour; takes a picture brighter than grey for the first concept, another for none; all is sea. */
const judge: Judge = {
  concepts: concepts.map(({ name }) => name),
  backgrounds: ['sea', 'snow'],
  size,
  width: 3,
  hash: 'a judge',
  async judge(images) {
    const means = images.map((image) =>
      [0, 1, 2].map((c) => image.reduce((sum, value, i) => (i % 3 === c ? sum + value : sum), 0) / (size * size)),
    );
    const isBright = means.map(([r, g, b]) => r + g + b > 3 * 128);
    return {
      count: images.length,
      features: Float32Array.from(means.flat()),
      concepts: Float32Array.from(isBright.flatMap((bright) => (bright ? [1, 0, 0, 0] : [0, 0, 0, 1]))),
      backgrounds: Float32Array.from(images.flatMap(() => [1, 0])),
    };
  },
  async release() {},
};

/** Paints what it is given. */
const painter = (paint: (id: string, k: number) => Uint8Array): TextToImage =>
  ({
    size,
    async generate({ prompts, imagesPerPrompt = 1 }) {
      return prompts.flatMap(({ id }) =>
        Array.from({ length: imagesPerPrompt }, (_, k) => ({ id, k, size, image: paint(id, k), truncatedTokens: 0 })),
      );
    },
  }) as Partial<TextToImage> as TextToImage;

const setting = { guidance: 2, steps: 4, seed: 0 };
const prepare = () => prepareMeasuring({ judge, captions, concepts, imagesPerCaption: 2, seed: 5 });

describe('measureGenerator', () => {
  it('finds nothing between the reference and a generator that paints it', async () => {
    const { measuring } = await prepare();
    const families = { families: GENERATOR_FAMILIES, pose: 'narrow' as const };
    const scenes = await captionScenes(captions, { concepts, ...families, perCaption: 2, size, seed: 5 });
    const found = await measureGenerator(
      painter((id, k) => scenes[2 * Number(id.slice(1)) + k]),
      measuring,
      setting,
    );
    expect(found.generatorFamilies.frechet).toBeCloseTo(0, 6);
    expect(found.generatorFamilies).toMatchObject({ precision: 1, recall: 1, coverage: 1 });
    expect(found.heldOutFamilies.frechet).toBeGreaterThan(1);
  });

  it('scores white pictures as the first concept, and knows that they are all alike', async () => {
    const { measuring, perfect } = await prepare();
    const white = new Uint8Array(size * size * 3).fill(255);
    const found = await measureGenerator(
      painter(() => white),
      measuring,
      setting,
    );
    expect(found.judge.concept).toMatchObject({ of: 16, share: 6 / 16 });
    expect(found.judge.none.share).toBe(0);
    expect(found.judge.background).toMatchObject({ of: 8, share: 1 });
    expect(found.diversity.withinCaption).toBeCloseTo(0, 6);
    expect(found.generatorFamilies.recall).toBe(0);
    expect(perfect.diversity.withinCaption).toBeGreaterThan(0);
    expect(found.generatorFamilies.frechet).toBeGreaterThan(perfect.generatorFamilies.frechet);
  });

  it('refuses captions that the judge cannot judge, and pictures of another size', async () => {
    const { measuring } = await prepare();
    const strange = [...captions, { id: 'x', text: 'x', concept: 'unicorn' }];
    await expect(prepareMeasuring({ ...measuring, captions: strange, concepts, seed: 0 })).rejects.toThrow(/unicorn/);
    const other = { ...painter(() => new Uint8Array(0)), size: 64 };
    await expect(measureGenerator(other, measuring, setting)).rejects.toThrow(InputError);
  });
});

describe('captionScenes', () => {
  const options = { concepts, families: GENERATOR_FAMILIES, pose: 'narrow' as const, size, seed: 1 };

  it('makes scenes that depend on their caption, not on its place', async () => {
    const all = await captionScenes(captions, { ...options, perCaption: 2 });
    expect(all).toHaveLength(16);
    const [one] = await captionScenes([captions[3]], options);
    expect(one).toEqual(all[6]);
    expect(all[7]).not.toEqual(all[6]);
  });
});
