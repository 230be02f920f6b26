import { rmSync } from 'node:fs';
import { contactSheet } from '../data/contactSheet.js';
import { writeWhole } from '../runs/files.js';
import { temporaryFolder } from '../runs/temporaryFolder.js';
import { exportGenerator } from './exportGenerator.js';
import { averagedWeights, type GeneratorCheckpoint } from './generatorCheckpoint.js';
import { openPipeline } from './pipeline.js';

/**
 * Draws one image per caption with a checkpoint's averaged weights and writes them as a sheet with the captions below:
 * how far the training has come, by eye. The model goes through the same export and pipeline as a finished one.
 */
export async function previewGrid(
  checkpoint: GeneratorCheckpoint,
  {
    file,
    captions,
    columns = 8,
    guidance = 2.5,
    steps = 25,
    seed = 0,
  }: {
    /** the PNG to write */
    file: string;
    captions: readonly string[];
    columns?: number;
    guidance?: number;
    steps?: number;
    seed?: number;
  },
): Promise<void> {
  const folder = temporaryFolder('preview');
  try {
    exportGenerator(folder, {
      config: checkpoint.config.model,
      weights: averagedWeights(checkpoint),
      tokenizer: checkpoint.tokenizer,
    });
    const pipeline = await openPipeline(folder, { providers: ['cpu'], log: () => {} });
    try {
      const prompts = captions.map((text) => ({ id: text, text }));
      const images = await pipeline.generate({ prompts, imagesPerPrompt: 1, guidance, steps, seed });
      const sheet = await contactSheet(
        images.map(({ image }) => image),
        { columns, size: pipeline.size, cell: 2 * pipeline.size, labels: captions },
      );
      writeWhole(file, sheet);
    } finally {
      await pipeline.release();
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
