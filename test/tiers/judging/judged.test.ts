import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { normalisations } from '../../../lib/pictures/normalise.js';
import { rng } from '../../../lib/random/rng.js';
import { encode } from '../../../lib/synclr/encode.js';
import { initVit, vitConfigs } from '../../../lib/synclr/vit.js';
import { writeBackbone } from '../../../lib/synclr/weights/readBackbone.js';
import { judgedEncoder, judgedFile, openJudged, randomInit, rawPixels } from '../../../lib/tiers/judging/judged.js';

const folder = mkdtempSync(path.join(tmpdir(), 'judged-'));
afterAll(() => rmSync(folder, { recursive: true }));

const model = vitConfigs.toy;
const params = initVit(rng(1), model);
const bytes = model.image ** 2 * 3;
const images = Uint8Array.from({ length: 2 * bytes }, (_, i) => (i * 37) % 256);
const shape = { count: 2, size: model.image };

describe('who is judged', () => {
  it('sees pictures normalised as its weights file says', async () => {
    const file = path.join(folder, 'one.safetensors');
    writeBackbone(file, { params, config: model, normalisation: 'imagenet' });
    const judged = judgedFile(file);
    expect(judged).toMatchObject({ name: 'one.safetensors', size: model.image });
    const { extract, transform, release } = await openJudged(judged);
    const found = await extract(images, shape);
    await release();
    expect(transform).toBe(`${model.image} px, ImageNet's mean and deviation, class token`);
    const as = (normalisation: 'clip' | 'imagenet') =>
      encode(params, model, images, { normalisation: normalisations[normalisation], batch: 64 });
    expect(found).toEqual(await as('imagenet'));
    expect(found).not.toEqual(await as('clip'));
  });

  it('has another hash with other weights, another normalisation, another seed or other heads', () => {
    const one = { name: 'one', params, model, normalisation: 'clip' as const };
    const changed = { ...one, params: initVit(rng(2), model) };
    const hashes = [one, changed, { ...one, normalisation: 'imagenet' as const }].map(
      (each) => judgedEncoder(each).hash,
    );
    expect(new Set([...hashes, randomInit(one).hash, randomInit(one, 1).hash, rawPixels(32).hash]).size).toBe(6);
    expect(judgedEncoder({ ...one, params: { ...params } }).hash).toBe(hashes[0]);
  });

  it('is refused as pixels where patches are wanted', async () => {
    await expect(openJudged(rawPixels(32), { output: 'patches' })).rejects.toThrow(/raw pixels[\s\S]*weights/);
  });
});
