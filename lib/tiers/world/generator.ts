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
import { type Tier, tierSettings } from './settings.js';

const LAPTOP = projectPath('data', 'models', 'generator-laptop');

/** The model, and what is kept of its training: the laptop's is committed, smoke trains its own below `root`. */
const PLACES: Record<Tier, (root: string) => { folder: string; run: string; record: string }> = {
  laptop: () => ({ folder: LAPTOP, run: LAPTOP, record: 'record.json' }),
  smoke: (root) => ({
    folder: path.join(root, 'generator'),
    run: path.join(root, 'generator-run'),
    record: 'run.json',
  }),
};

/** Where a tier's text-to-image model is. */
export function generatorFolder(tier: Tier, { root = runsPath(tier) }: { root?: string } = {}): string {
  return PLACES[tier](root).folder;
}

/**
 * Opens a tier's text-to-image model. The laptop's is committed; the smoke tier's is trained first, about half a minute,
 * unless an earlier call has.
 */
export async function openTierGenerator(
  tier: Tier,
  { root = runsPath(tier) }: { root?: string } = {},
): Promise<TextToImage> {
  const { folder, run } = PLACES[tier](root);
  if (!existsSync(path.join(folder, 'model_index.json'))) await trainSmokeGenerator(folder, { tier, run });
  return openPipeline(folder, { log: () => {} });
}

async function trainSmokeGenerator(folder: string, { tier, run }: { tier: Tier; run: string }): Promise<void> {
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
  const checkpoint = await trainGenerator({ config, images, tokenizer, out: run, signal });
  throwIfInterrupted(signal);
  exportGenerator(folder, { config: model, weights: averagedWeights(checkpoint), tokenizer, batch: 16 });
}

/** What is kept of the training of a tier's generator: its record, and the loss over its steps. */
export function generatorRecord(
  tier: Tier,
  { root = runsPath(tier) }: { root?: string } = {},
): { record: GeneratorRecord; loss: { step: number; loss: number }[] } {
  const { run, record } = PLACES[tier](root);
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
