import { mkdtempSync, rmSync, statSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { exportGenerator } from '../../lib/diffusion/exportGenerator.js';
import { exportInt8Generator } from '../../lib/diffusion/exportInt8Generator.js';
import { averagedWeights } from '../../lib/diffusion/generatorCheckpoint.js';
import { openPipeline } from '../../lib/diffusion/pipeline.js';
import { trainGenerator } from '../../lib/diffusion/trainGenerator.js';
import { toyConfig, toyImages, toyTokenizer } from './toy.js';

let folder: string;
const prompts = [
  { id: 'c0', text: 'a red square' },
  { id: 'c1', text: 'a blue square' },
];

beforeAll(async () => {
  folder = mkdtempSync(path.join(os.tmpdir(), 'int8-'));
  const checkpoint = await trainGenerator({
    config: toyConfig({ steps: 10 }),
    images: toyImages,
    tokenizer: toyTokenizer,
    out: path.join(folder, 'run'),
    device: 'cpu',
  });
  const generator = {
    config: checkpoint.config.model,
    weights: averagedWeights(checkpoint),
    tokenizer: toyTokenizer,
  };
  exportGenerator(path.join(folder, 'float'), { ...generator, batch: 4 });
  await exportInt8Generator(path.join(folder, 'int8'), { ...generator, batch: 4, prompts });
  await exportInt8Generator(path.join(folder, 'threes'), { ...generator, batch: 3, prompts });
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function images(name: string, some = prompts): Promise<Uint8Array[]> {
  const pipeline = await openPipeline(path.join(folder, name), { providers: ['cpu'], log: () => {} });
  const made = await pipeline.generate({ prompts: some, imagesPerPrompt: 3, guidance: 2, steps: 6, seed: 5 });
  await pipeline.release();
  return made.map(({ image }) => image);
}

describe('exportInt8Generator', () => {
  it("makes nearly the float model's images, in a smaller file", async () => {
    const [exact, rough] = [await images('float'), await images('int8')];
    const differences = rough.flatMap((image, i) => Array.from(image, (value, j) => Math.abs(value - exact[i][j])));
    const mean = differences.reduce((sum, x) => sum + x, 0) / differences.length;
    expect(mean).toBeGreaterThan(0);
    expect(mean).toBeLessThan(4);
    const size = (name: string) => statSync(path.join(folder, name, 'transformer', 'model.onnx')).size;
    expect(size('int8')).toBeLessThan(size('float'));
  });

  it('makes the same image whatever else is in the batch, and whatever the batch size', async () => {
    const all = await images('int8');
    expect(await images('int8', [prompts[1]])).toEqual(all.slice(3));
    expect(await images('threes', [prompts[1], prompts[0]])).toEqual([...all.slice(3), ...all.slice(0, 3)]);
  });
});
