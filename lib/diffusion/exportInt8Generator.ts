import { rmSync } from 'node:fs';
import type { Ranges } from '../engine/products.js';
import { temporaryFolder } from '../runs/temporaryFolder.js';
import { type ExportedGenerator, exportGenerator } from './exportGenerator.js';
import { openDenoiser } from './openDenoiser.js';
import { generateImages } from './sample.js';
import { flowMatchEuler } from './schedulers/flowMatchEuler.js';
import type { Prompt } from './textToImage.js';

/** The products in 8 bits: those of a block over all image tokens, nine tenths of the work. */
const IN_INT8 = /^blocks\.\d+\.(attn\.(qkv|proj)|mlp\.fc[12])\.weight$/;

/**
 * Writes the generator as `exportGenerator` does, with the transformer's large products in 8 bits. Their inputs' ranges are
 * those that occur while one image of each prompt is made, with guidance.
 * @param prompts some of the captions that it is for; 16 do
 */
export async function exportInt8Generator(
  folder: string,
  { prompts, ...generator }: Omit<ExportedGenerator, 'products'> & { prompts: readonly Prompt[] },
): Promise<void> {
  exportGenerator(folder, { ...generator, products: await rangesOf(generator, prompts) });
}

async function rangesOf(generator: ExportedGenerator, prompts: readonly Prompt[]): Promise<Ranges> {
  const folder = temporaryFolder('int8');
  const ranges = new Map<string, [low: number, high: number]>();
  const watch = (outputs: Readonly<Record<string, Float32Array>>) => {
    for (const [name, [low]] of Object.entries(outputs)) {
      const matrix = name.replace(/^low /, '');
      if (matrix === name || !IN_INT8.test(matrix)) continue;
      const [high] = outputs[`high ${matrix}`];
      const [least, most] = ranges.get(matrix) ?? [low, high];
      ranges.set(matrix, [Math.min(least, low), Math.max(most, high)]);
    }
  };
  try {
    exportGenerator(folder, { ...generator, products: 'watched' });
    const denoiser = await openDenoiser(folder, { providers: ['cpu'], watch });
    await generateImages(denoiser, flowMatchEuler(), { prompts, imagesPerPrompt: 1, seed: 0 });
    for (const model of denoiser.models) await model.release();
    return ranges;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
