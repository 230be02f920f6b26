import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ImageSet, openImageSet } from '../../lib/diffusion/index.js';
import { openPipeline } from '../../lib/diffusion/pipeline.js';
import type { TextToImage } from '../../lib/diffusion/textToImage.js';
import { InputError } from '../../lib/errors.js';
import { captionsOfSource } from '../../lib/experiments/captionSources.js';
import { experimentSettings } from '../../lib/experiments/settings.js';
import { projectPath } from '../../lib/runs/paths.js';

let set: ImageSet;
let pipeline: TextToImage;
beforeAll(async () => {
  set = openImageSet(projectPath('data', 'images', 'synthesised-10000x4'));
  pipeline = await openPipeline(projectPath('data', 'models', 'generator-laptop'), {
    providers: ['cpu'],
    log: () => {},
  });
});
afterAll(() => pipeline.release());

describe('data/images/synthesised-10000x4', () => {
  it('has the captions and settings of the largest set of the experiments', async () => {
    const { base, captionCounts } = experimentSettings('laptop');
    const { captions: source, guidance, steps, imagesPerCaption, concepts, seed } = base;
    const count = Math.max(...captionCounts);
    expect(set.captions).toEqual(await captionsOfSource(source, { count, concepts }));
    expect(set.config).toMatchObject({ captions: count, guidance, steps, imagesPerCaption, seed });
  });

  it('is what the committed generator draws', async () => {
    const [first] = set.captions;
    const { guidance, steps, seed, imagesPerCaption } = set.config;
    const drawn = await pipeline.generate({
      prompts: [{ id: first.id, text: first.text }],
      imagesPerPrompt: imagesPerCaption,
      guidance,
      steps,
      seed,
    });
    const off = drawn.map(async ({ image, k }) => {
      const kept = await set.image(0, k);
      return image.reduce((sum, value, i) => sum + Math.abs(value - kept[i]), 0) / image.length;
    });
    // Of 255. Where another processor rounds one byte otherwise, a picture moves by about 3, and most do not move.
    const all = await Promise.all(off);
    expect(Math.max(...all), String(all)).toBeLessThan(4);
    expect(all.reduce((sum, one) => sum + one, 0) / all.length, String(all)).toBeLessThan(2);
  });

  it('says what is missing of a picture whose shard stayed at home', async () => {
    await expect(set.image(64, 0)).rejects.toThrow(InputError);
    await expect(set.image(64, 0)).rejects.toThrow(/00001\.tar.*no such file/s);
  });
});
