import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import type { ImageSet } from '../../lib/diffusion/index.js';
import { CAPTION_SOURCES, captionsOfSource } from '../../lib/experiments/captionSources.js';
import { cutImageSet, findImageSet, generatorHash, holds, largestSets } from '../../lib/experiments/imageSets.js';
import { experimentSettings } from '../../lib/experiments/settings.js';
import type { GeneratedImages } from '../../lib/experiments/spec.js';
import { writeJson } from '../../lib/runs/files.js';
import { generatorFolder } from '../../lib/tiers/world/generator.js';

const folder = mkdtempSync(path.join(tmpdir(), 'image-sets-'));
afterAll(() => rmSync(folder, { recursive: true }));
const { base } = experimentSettings('laptop');

describe('generatorHash', () => {
  it('counts files of the model, and not what an operating system leaves beside them', async () => {
    const model = generatorFolder('smoke', { root: folder });
    for (const name of ['model_index.json', 'unet/model.onnx']) writeJson(path.join(model, name), name);
    const hash = () => generatorHash('smoke', { root: folder });
    const before = await hash();
    for (const name of ['.DS_Store', 'unet/.DS_Store', 'unet/Thumbs.db', '__MACOSX/x'])
      writeJson(path.join(model, name), 1);
    expect(await hash()).toBe(before);
    writeJson(path.join(model, 'unet', 'model.onnx'), 'another');
    expect(await hash()).not.toBe(before);
  });
});

describe('largestSets', () => {
  const images = fc.record({
    count: fc.integer({ min: 1, max: 5 }),
    imagesPerCaption: fc.integer({ min: 1, max: 4 }),
    guidance: fc.constantFrom(2, 3),
  });

  it('holds every set that is wanted, and none that another holds', () => {
    fc.assert(
      fc.property(fc.array(images, { maxLength: 12 }), (wanted) => {
        const specs = wanted.map((counts): GeneratedImages => ({ ...base, ...counts }));
        const sets = largestSets(specs);
        for (const spec of specs) expect(sets.some((set) => holds(set, spec))).toBe(true);
        sets.forEach((set, i) => {
          expect(specs).toContainEqual(set);
          expect(sets.some((other, j) => i !== j && holds(other, set))).toBe(false);
        });
      }),
    );
  });

  it('needs no set for real scenes, and puts one where its first cut was wanted', () => {
    const real = { real: 'train' as const, count: 5, concepts: 8, size: 32, seed: 0 };
    const other = { ...base, guidance: 4 };
    expect(largestSets([real])).toEqual([]);
    expect(largestSets([base, other, { ...base, count: 7500 }])).toEqual([{ ...base, count: 7500 }, other]);
  });
});

describe('findImageSet', () => {
  const put = (name: string, images: GeneratedImages, finished = true) => {
    const set = path.join(folder, 'images', name);
    mkdirSync(set, { recursive: true });
    writeJson(path.join(set, 'set.json'), { images, generator: 'g' });
    if (finished) writeJson(path.join(set, 'manifest.json'), {});
    return set;
  };

  it('finds the smallest finished set that holds the pictures, of the same generator', () => {
    expect(findImageSet(folder, base, 'g')).toBeUndefined();
    put('large', { ...base, count: 7500 });
    const fitting = put('fitting', base);
    put('unfinished', { ...base, guidance: 3 }, false);
    expect(findImageSet(folder, { ...base, count: 50 }, 'g')).toBe(fitting);
    expect(findImageSet(folder, { ...base, count: 50 }, 'another')).toBeUndefined();
    expect(findImageSet(folder, { ...base, guidance: 3 }, 'g')).toBeUndefined();
    expect(findImageSet(folder, { ...base, imagesPerCaption: 8 }, 'g')).toBeUndefined();
  });
});

describe('a cut of a set', () => {
  const captions = ['a', 'b', 'c'].map((id) => ({ id, text: id }));
  const whole = { captions, imagesPerCaption: 4, folder: 'whole' } as unknown as ImageSet;

  it('has the first captions and the first pictures of each', () => {
    const cut = cutImageSet(whole, { count: 2, imagesPerCaption: 1 });
    expect(cut.captions.map(({ id }) => id)).toEqual(['a', 'b']);
    expect(cut.imagesPerCaption).toBe(1);
    expect(() => cutImageSet(whole, { count: 4, imagesPerCaption: 1 })).toThrow(/4 captions/);
  });
});

describe.each(CAPTION_SOURCES)('captions of %s', (source) => {
  it('begin a larger set as they begin a smaller one, each with an id of its own', async () => {
    const large = await captionsOfSource(source, { count: 2500, concepts: 200 });
    const small = await captionsOfSource(source, { count: 300, concepts: 200 });
    expect(large.slice(0, 300)).toEqual(small);
    expect(new Set(large.map(({ id }) => id)).size).toBe(2500);
    for (const { text, concept } of large) {
      expect(text).not.toBe('');
      expect(concept).toBeTruthy();
    }
    const concepts = new Set(large.map(({ concept }) => concept));
    expect(concepts.size).toBeGreaterThan(190);
    expect(concepts.size).toBeLessThanOrEqual(200);
  });
});

it('tells the strategies of Table 2 apart by their captions', async () => {
  const first = async (source: (typeof CAPTION_SOURCES)[number]) =>
    (await captionsOfSource(source, { count: 200, concepts: 200 })).map(({ background }) => background !== undefined);
  const share = (flags: boolean[]) => flags.filter(Boolean).length / flags.length;
  expect(share(await first('our-backgrounds'))).toBe(1);
  expect(share(await first('places'))).toBe(1);
  expect(share(await first('synthesised'))).toBeGreaterThan(0.2);
  expect(share(await first('synthesised'))).toBeLessThan(0.7);
});
