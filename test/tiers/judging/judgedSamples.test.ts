import { describe, expect, it } from 'vitest';
import type { TextToImage } from '../../../lib/diffusion/index.js';
import type { Judge } from '../../../lib/evaluate/index.js';
import { judgedSamples, openTierJudge, sampleLabel } from '../../../lib/tiers/index.js';

/** Paints the number of its prompt, in the order asked for. */
const painter = {
  generate: async ({ prompts }: { prompts: { text: string }[] }) =>
    prompts.map((_, i) => ({ k: 0, image: new Uint8Array(12).fill(i) })),
} as unknown as TextToImage;

/** Takes even pictures for the first concept and odd ones for none of these. */
const judge = {
  concepts: ['cat', 'dog'],
  judge: async (images: readonly Uint8Array[]) => ({
    count: images.length,
    concepts: Float32Array.from(images.flatMap(([n]) => (n % 2 === 0 ? [0.9, 0.1, 0] : [0.1, 0.2, 0.7]))),
  }),
} as unknown as Judge;

describe('judged samples', () => {
  it('go with their captions and the answers of the judge', async () => {
    const samples = await judgedSamples(painter, judge, { tier: 'laptop', count: 4, guidance: 4 });
    expect(samples.map(({ image }) => image[0])).toEqual([0, 1, 2, 3]);
    expect(samples.map(({ said }) => said)).toEqual(['cat', 'none of these', 'cat', 'none of these']);
    expect(new Set(samples.map(({ caption }) => caption)).size).toBe(4);
    for (const { caption, concept } of samples) expect(caption.toLowerCase()).toContain(concept.split(' ')[0]);
    const again = await judgedSamples(painter, null, { tier: 'laptop', count: 4, guidance: 4 });
    expect(again.map(({ caption, said }) => [caption, said])).toEqual(samples.map(({ caption }) => [caption, null]));
  });

  it('say on a page what was taken for something else', () => {
    const sample = { caption: 'a cat at sea', concept: 'cat', image: new Uint8Array() };
    expect(sampleLabel({ ...sample, said: 'cat' })).toBe('a cat at sea');
    expect(sampleLabel({ ...sample, said: null })).toBe('a cat at sea');
    expect(sampleLabel({ ...sample, said: 'dog' })).toBe('✗ a cat at sea (judged: dog)');
  });

  it('have a judge where it knows their size', async () => {
    expect(await openTierJudge('smoke')).toBeNull();
    const laptop = await openTierJudge('laptop');
    expect(laptop?.concepts).toHaveLength(200);
    await laptop?.release();
  });
});
