import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, expect, it } from 'vitest';
import type { ImageSet } from '../../../lib/diffusion/index.js';
import { clipCrops } from '../../../lib/pictures/index.js';
import { rng } from '../../../lib/random/rng.js';
import { type EncoderConfig, laptopClip, trainEncoder } from '../../../lib/synclr/index.js';
import { taskPictures, taskTable, tierConcepts, zeroShotTable } from '../../../lib/tiers/index.js';
import { prepareTokenizer } from '../../../lib/tiers/world/clipRun.js';
import { imageSource } from '../../../lib/tiers/world/imageSource.js';

const folder = mkdtempSync(path.join(tmpdir(), 'live-evaluation-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

it('every task has a row that says what it stands for, and pictures with their answers', async () => {
  expect(taskTable()).toHaveLength(15);
  const rows = await taskPictures('smoke', { images: 2 });
  expect(rows.length).toBeGreaterThanOrEqual(14);
  for (const { images, captions } of rows) {
    expect(images).toHaveLength(2);
    for (const image of images) expect(image).toMatch(/^data:image\/png/);
    expect(captions?.every((caption) => caption.length > 0)).toBe(true);
  }
  expect(rows.find(({ label }) => label === 'many objects')?.captions?.[0]).toMatch(/^[1-4] of 20$/);
});

it('zero-shot classification says why it was not run, and runs where there is a text tower', async () => {
  expect(await zeroShotTable('smoke', { folder })).toEqual([
    expect.objectContaining({ 'zero-shot': 'not run', because: expect.stringMatching(/text tower/) }),
  ]);
  const names = tierConcepts('smoke').map(({ name }) => name);
  const captions = names.map((name, i) => ({ id: String(i), text: `a picture of a ${name}`, concept: name }));
  const image = async (caption: number, k: number) =>
    Uint8Array.from(rng(1, caption, k).uniforms(32 * 32 * 3), (u) => 255 * u);
  const set = { folder: 'nowhere', captions, imagesPerCaption: 4, size: 32, image } as unknown as ImageSet;
  const config: EncoderConfig = {
    ...laptopClip,
    model: { image: 32, patch: 8, width: 16, depth: 1, heads: 2, mlpRatio: 2, dropPath: 0 },
    clip: { text: { context: 10, vocabulary: 64, width: 16, depth: 1, heads: 2 }, output: 8 },
    captions: 4,
    imagesPerCaption: 2,
    steps: 2,
    warmup: 1,
    crops: clipCrops({ size: 32 }),
  };
  const fitted = prepareTokenizer(folder, config, set);
  await trainEncoder(fitted.config, imageSource(set, fitted.words), { seed: 1, out: folder });
  const [row] = await zeroShotTable('smoke', { folder });
  expect(row).toMatchObject({ chance: 12.5, 'paper, ImageNet': 44.4 });
  expect(row['zero-shot']).toMatch(/^\d+\.\d \(\d+\.\d–\d+\.\d\)$/);
});
