import { existsSync } from 'node:fs';
import path from 'node:path';
import { exportGenerator } from '../../diffusion/exportGenerator.js';
import { generatorTraining } from '../../diffusion/generatorBatch.js';
import { averagedWeights } from '../../diffusion/generatorCheckpoint.js';
import { generatorConfig } from '../../diffusion/generatorConfig.js';
import { openPipeline } from '../../diffusion/pipeline.js';
import type { TextToImage } from '../../diffusion/textToImage.js';
import { trainGenerator } from '../../diffusion/trainGenerator.js';
import { worldImages, worldTokenizer } from '../../diffusion/worldImages.js';
import { stopSignal, throwIfInterrupted } from '../../runs/cell.js';
import { readJson, readJsonLines } from '../../runs/files.js';
import { projectPath, runsPath } from '../../runs/paths.js';
import { tierCaptions, tierConcepts } from './captions.js';
import { tierSettings } from './settings.js';

/** Where a tier's text-to-image model is. */
export function generatorFolder(tier: string, { root = runsPath(tier) }: { root?: string } = {}): string {
  return tier === 'laptop' ? projectPath('data', 'models', 'generator-laptop') : path.join(root, 'generator');
}

/**
 * Opens a tier's text-to-image model. The laptop's is committed; the smoke tier's is trained first, about half a minute,
 * unless an earlier call has.
 */
export async function openTierGenerator(tier: string, { root }: { root?: string } = {}): Promise<TextToImage> {
  const folder = generatorFolder(tier, { root });
  if (tier !== 'laptop' && !existsSync(path.join(folder, 'model_index.json'))) await trainSmokeGenerator(folder, tier);
  return openPipeline(folder, { log: () => {} });
}

async function trainSmokeGenerator(folder: string, tier: string): Promise<void> {
  const { size } = tierSettings(tier);
  const concepts = tierConcepts(tier);
  const sentences = tierCaptions(tier);
  const corpus = sentences.map(({ caption }) => caption);
  const tokenizer = worldTokenizer({ concepts, corpus, size: 256 });
  const { images, description } = await worldImages({ concepts, sentences, size, seed: 0 });
  const model = generatorConfig({ imageSize: size, width: 64, depth: 2, heads: 2, vocabularySize: 256 });
  const training = generatorTraining({ batch: 32, steps: 120, warmupSteps: 10, seed: 0 });
  const config = { model, training, data: description };
  const signal = stopSignal();
  const checkpoint = await trainGenerator({ config, images, tokenizer, out: `${folder}-run`, signal });
  throwIfInterrupted(signal);
  exportGenerator(folder, { config: model, weights: averagedWeights(checkpoint), tokenizer, batch: 16 });
}

/** What is kept of the training of a tier's generator: its record, and the loss over its steps. */
export function generatorRecord(
  tier: string,
  { root }: { root?: string } = {},
): { record: GeneratorRecord; loss: { step: number; loss: number }[] } {
  const folder = generatorFolder(tier, { root });
  const [run, record] = tier === 'laptop' ? [folder, 'record.json'] : [`${folder}-run`, 'run.json'];
  return {
    record: readJson<GeneratorRecord>(path.join(run, record)),
    loss: readJsonLines(path.join(run, 'loss.jsonl')),
  };
}

/** The parts of a generator run record that notebooks show. */
export interface GeneratorRecord {
  step: number;
  images: number;
  seconds: number;
  captions: { captions: number; truncated: number; withUnknown: number };
  config: { data: { pictures: { concepts: string[]; families: string[] }; captions: { sentences: number } } };
}
