import { readdirSync, rmSync, statSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { exportGenerator } from '../../lib/diffusion/exportGenerator.js';
import { openPipeline } from '../../lib/diffusion/pipeline.js';
import { readExportedGenerator } from '../../lib/diffusion/readExportedGenerator.js';
import type { TextToImage } from '../../lib/diffusion/textToImage.js';
import { projectPath } from '../../lib/runs/paths.js';
import { temporaryFolder } from '../../lib/runs/temporaryFolder.js';

const folder = projectPath('data', 'models', 'generator-laptop');
let pipeline: TextToImage;
beforeAll(async () => {
  pipeline = await openPipeline(folder, { providers: ['cpu'], log: () => {} });
});
afterAll(() => pipeline.release());

/** Mean red, green and blue of the middle ninth of an image. */
function middle(image: Uint8Array, size: number): number[] {
  const [from, to] = [Math.floor(size / 3), Math.floor((2 * size) / 3)];
  const sums = [0, 0, 0];
  for (let y = from; y < to; y++) {
    for (let x = from; x < to; x++) for (let c = 0; c < 3; c++) sums[c] += image[(y * size + x) * 3 + c];
  }
  return sums.map((sum) => sum / (to - from) ** 2);
}

describe('data/models/generator-laptop', () => {
  it('draws what the caption says, as far as colours tell', async () => {
    const prompts = [
      { id: 'tomato', text: 'A ripe tomato lies in the snow.' },
      { id: 'frog', text: 'A frog in the desert' },
    ];
    const images = await pipeline.generate({ prompts, imagesPerPrompt: 8, steps: 8, guidance: 4, seed: 1 });
    for (const [id, strongest] of [
      ['tomato', 0],
      ['frog', 1],
    ] as const) {
      const found = images
        .filter((image) => image.id === id)
        .map(({ image }) => middle(image, pipeline.size))
        .filter((rgb) => rgb.every((value, c) => c === strongest || value < rgb[strongest]));
      expect(found.length, id).toBeGreaterThanOrEqual(7);
    }
  });

  it('is read again and written for another batch: the same pictures, bit for bit', async () => {
    const out = temporaryFolder('rewritten');
    exportGenerator(out, { ...readExportedGenerator(folder), batch: 3 });
    const again = await openPipeline(out, { providers: ['cpu'], log: () => {} });
    expect(again.batch).toBe(3);
    const options = { prompts: [{ id: 'frog', text: 'A frog in the desert' }], imagesPerPrompt: 2, steps: 2, seed: 1 };
    expect(await again.generate(options)).toEqual(await pipeline.generate(options));
    await again.release();
    rmSync(out, { recursive: true });
  });

  it('stays small enough to be committed', () => {
    const bytes = readdirSync(folder, { recursive: true, encoding: 'utf8' })
      .map((name) => statSync(path.join(folder, name)))
      .reduce((sum, stat) => sum + (stat.isFile() ? stat.size : 0), 0);
    expect(bytes).toBeLessThan(20e6);
  });
});
