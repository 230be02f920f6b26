import { describe, expect, it } from 'vitest';
import { worldConcepts } from '../../lib/data/concepts.js';
import { generatorAllowance } from '../../lib/data/splits.js';
import { openTokenizer, wordsOf } from '../../lib/diffusion/tokenizer.js';
import { worldImages, worldTokenizer } from '../../lib/diffusion/worldImages.js';
import { rng } from '../../lib/random/rng.js';

const concepts = worldConcepts({ count: 3 });
const [first, second] = concepts.map(({ name }) => name);
const sentences = [
  { concept: first, caption: `Two ${first}s rest on the soft sand of a beach.` },
  { concept: second, caption: `A ${second} waits.` },
  { concept: second, caption: 'A sentence about something else.' },
  { concept: first, caption: `A ${first} between a meadow and the sea.` },
  { concept: 'no such concept', caption: 'No such concept on a beach.' },
];

describe('worldImages', () => {
  it('is a function of the stream, and captions name what is in the picture', async () => {
    const { images } = await worldImages({ concepts, size: 16, seed: 1 });
    const shown = new Set<string>();
    for (let i = 0; i < 40; i++) {
      const { image, caption } = images(rng(9, i));
      const again = images(rng(9, i));
      expect(again.caption).toBe(caption);
      expect(again.image).toEqual(image);
      expect(image).toHaveLength(16 * 16 * 3);
      const name = concepts.map((concept) => concept.name).find((one) => wordsOf(caption).includes(one));
      expect(name, caption).toBeDefined();
      shown.add(name!);
    }
    expect(shown.size).toBe(3);
  });

  it('takes sentences only where they fit: they name the concept, and no place but that of the scene', async () => {
    const { images, description } = await worldImages({ concepts, sentences, sentenceFraction: 1, size: 16, seed: 1 });
    expect(description.captions).toEqual({ sentences: 2, sentenceFraction: 1 });
    const captions = Array.from({ length: 200 }, (_, i) => images(rng(4, i)).caption);
    const used = new Set(captions.filter((caption) => sentences.some((one) => one.caption === caption)));
    expect([...used].sort()).toEqual([sentences[1].caption, sentences[0].caption].sort());
    // A place may be held out of the generator's sight for this concept; this one is not.
    expect(generatorAllowance(concepts[0]).backgrounds).toContain('beach');
  });
});

describe('worldTokenizer', () => {
  it('knows every word of the templates and of the frequent sentences', async () => {
    const json = worldTokenizer({ concepts, corpus: ['waits waits waits'] });
    const tokenizer = openTokenizer(json, { maxTokens: 24 });
    const { images } = await worldImages({ concepts, size: 16, seed: 2 });
    for (let i = 0; i < 100; i++) {
      const { unknown, truncated } = tokenizer.encode(images(rng(2, i)).caption);
      expect([unknown, truncated]).toEqual([0, 0]);
    }
    expect(tokenizer.encode('it waits').unknown).toBe(1);
  });
});
