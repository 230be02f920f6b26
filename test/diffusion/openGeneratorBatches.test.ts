import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { worldConcepts } from '../../lib/data/concepts.js';
import { rng } from '../../lib/random/rng.js';
import { toyConfig, toyImages, toyTokenizer } from './toy.js';

// Worker threads run what was built (`npm test` builds first).
const built = (file: string) => import(new URL(`../../lib/dist/diffusion/${file}`, import.meta.url).href);
const { openGeneratorBatches }: typeof import('../../lib/diffusion/openGeneratorBatches.js') =
  await built('openGeneratorBatches.js');
const { trainGenerator }: typeof import('../../lib/diffusion/trainGenerator.js') = await built('trainGenerator.js');
const { worldImages, worldTokenizer }: typeof import('../../lib/diffusion/worldImages.js') =
  await built('worldImages.js');
const { openTokenizer }: typeof import('../../lib/diffusion/tokenizer.js') = await built('tokenizer.js');

const concepts = worldConcepts({ count: 3 });
const sentences = [
  { concept: concepts[0].name, caption: `A ${concepts[0].name} that nobody has a word for.` },
  { concept: concepts[1].name, caption: `Behind a ${concepts[1].name}, a long sentence goes on.` },
];
const { images } = await worldImages({ concepts, sentences, size: 16, seed: 3 });
const tokenizer = worldTokenizer({ concepts, size: 400 });
const toy = toyConfig({ steps: 6 });
const config = { ...toy.model, vocabularySize: 400, maxTokens: 6 };
const run = { config, training: { ...toy.training, captionDrop: 0.3 }, tokenizer, images };

const folder = mkdtempSync(path.join(os.tmpdir(), 'generator-workers-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('openGeneratorBatches', () => {
  it('gives the same bytes and counts whatever the number of workers, and from any step on', async () => {
    const batchesOf = async (options: { from: number; workers?: number }) => {
      const batches = openGeneratorBatches({ ...run, ...options });
      const all = [];
      for (let step = options.from; step < 6; step++) {
        const batch = await batches.next();
        all.push(structuredClone(batch));
        batches.giveBack(batch);
      }
      await batches.close();
      return all;
    };
    const fresh = openGeneratorBatches({ ...run, from: 0 });
    const expected = [];
    for (let step = 0; step < 6; step++) expected.push(await fresh.next());
    expect(Object.keys(expected[0].inputs)).toHaveLength(10);
    expect(expected[0].inputs.images.data).not.toEqual(expected[1].inputs.images.data);
    for (const options of [{ from: 2 }, { from: 0, workers: 2 }]) {
      expect(await batchesOf(options)).toEqual(expected.slice(options.from));
    }
  });

  it('counts the captions that the tokenizer cut, or knew not all words of', async () => {
    const { encode } = openTokenizer(tokenizer, { maxTokens: 6 });
    const batches = openGeneratorBatches({ ...run, from: 0 });
    let [some, all] = [0, 0];
    for (let step = 0; step < 6; step++) {
      const { counts } = await batches.next();
      const captions = Array.from({ length: 4 }, (_, i) => {
        const stream = rng(7, 'example', step, i);
        return stream.child('drop').bernoulli(0.3) ? '' : images(stream.child('scene')).caption;
      });
      const cut = captions.filter((caption) => encode(caption).truncated > 0).length;
      const withUnknown = captions.filter((caption) => encode(caption).unknown > 0).length;
      expect(counts).toEqual({ captions: 4, truncated: cut, withUnknown });
      some += cut + withUnknown;
      all += 4;
    }
    expect(some).toBeGreaterThan(3);
    expect(some).toBeLessThan(all);
    await batches.close();
  });

  it('refuses workers for images that they cannot open', () => {
    const alone = { ...run, config: toy.model, tokenizer: toyTokenizer, images: toyImages };
    expect(() => openGeneratorBatches({ ...alone, from: 0, workers: 1 })).toThrow(/workers[\s\S]*opener/);
  });
});

describe('trainGenerator with worker threads', () => {
  it('stopped and resumed without = never stopped and without, counts included', async () => {
    const options = { ...run, config: { ...toy, model: config, training: run.training }, device: 'cpu' as const };
    const whole = await trainGenerator({ ...options, out: path.join(folder, 'whole') });
    const out = path.join(folder, 'parts');
    const stop = new AbortController();
    const onStep = ({ step }: { step: number }) => step === 3 && stop.abort();
    const half = await trainGenerator({ ...options, out, workers: 2, signal: stop.signal, onStep });
    expect([half.step, half.counts.captions]).toEqual([3, 12]);
    const resumed = await trainGenerator({ ...options, out });
    expect(resumed.counts).toEqual(whole.counts);
    expect(resumed.counts.captions).toBe(24);
    expect(resumed.counts.truncated).toBeGreaterThan(0);
    for (const [name, { data }] of Object.entries(whole.state)) {
      expect(Buffer.from(resumed.state[name].data.buffer).equals(Buffer.from(data.buffer)), name).toBe(true);
    }
  });
});
