import { type MakeItem, type Opener, type OrderedItems, openBy, prepareInOrder } from '../runs/orderedWorkers.js';
import { type CaptionedImages, type GeneratorBatch, type GeneratorTraining, generatorBatch } from './generatorBatch.js';
import type { GeneratorConfig } from './generatorConfig.js';
import { NoisePool } from './noisePool.js';
import { openTokenizer } from './tokenizer.js';
import type { TokenizerJson } from './tokenizerJson.js';

/** What decides a batch, beside its step and the images. */
export interface GeneratorBatchesOfRun {
  config: GeneratorConfig;
  training: GeneratorTraining;
  tokenizer: TokenizerJson;
}

/**
 * Opens the batches of a run from step `from` on; `workers` threads prepare them ahead of time, see `prepareInOrder`.
 * A batch is a function of (seed, step).
 */
export function openGeneratorBatches({
  images,
  from,
  workers,
  ...run
}: GeneratorBatchesOfRun & {
  images: CaptionedImages;
  from: number;
  workers?: number;
}): OrderedItems<GeneratorBatch> {
  const { opener } = images;
  return prepareInOrder({
    open: () => makeBatches(run, images),
    opener: opener && { module: import.meta.url, name: 'openGeneratorBatchMaker', options: { ...run, opener } },
    from,
    until: run.training.steps,
    workers,
  });
}

/** What a worker thread opens to prepare batches. */
export async function openGeneratorBatchMaker({
  opener,
  ...run
}: GeneratorBatchesOfRun & { opener: Opener }): Promise<MakeItem<GeneratorBatch>> {
  return makeBatches(run, await openBy(opener));
}

function makeBatches(
  { config, training, tokenizer: json }: GeneratorBatchesOfRun,
  images: CaptionedImages,
): MakeItem<GeneratorBatch> {
  const tokenizer = openTokenizer(json, { maxTokens: config.maxTokens });
  const noise = new NoisePool(training.seed);
  return (step, spare) => generatorBatch(step, { config, training, images, tokenizer, noise, spare });
}
