import { existsSync } from 'node:fs';
import path from 'node:path';
import { PROVIDERS } from '../engine/providers.js';
import type { Provider } from '../engine/session.js';
import { InputError } from '../errors.js';
import { readJson } from '../runs/files.js';
import { fingerprintOf } from './fingerprint.js';
import { LATENT_FILES, openLatentDenoiser } from './latentDenoiser.js';
import { openPixelDenoiser, PIXEL_FILES } from './pixelDenoiser.js';
import { generateImages } from './sample.js';
import { openScheduler } from './schedulers/openScheduler.js';

export interface Prompt {
  /** names the caption; its images depend on it, not on its place in a list */
  id: string;
  text: string;
}

/** Image `k` of caption `id`: [size, size, 3], 0 to 255. */
export interface GeneratedImage {
  id: string;
  k: number;
  size: number;
  image: Uint8Array;
}

export interface GenerateOptions {
  prompts: readonly Prompt[];
  /** images per caption; 4 in the paper (§3.2) */
  imagesPerPrompt?: number;
  /** classifier-free guidance scale; 2.5 in the paper (§3.2); 1 leaves the unconditional pass out */
  guidance?: number;
  steps?: number;
  seed: number;
  /** called after each batch with the images finished so far */
  onProgress?: (done: number, total: number) => void;
  /** called for every batch before the first step (0) and after each; `look` gives the images as they are then */
  onStep?: (step: number, look: () => Promise<Uint8Array[]>) => void | Promise<void>;
  signal?: AbortSignal;
}

export interface TextToImage {
  readonly folder: string;
  /** where it runs */
  readonly provider: Provider;
  /** images a call of the network makes */
  readonly batch: number;
  /** side of the images in pixels */
  readonly size: number;
  /** All images, by prompt, then by k. A function of (model, seed, id, text, k, guidance, steps), whatever the batch. */
  generate(options: GenerateOptions): Promise<GeneratedImage[]>;
  /** SHA-256 over the model's files: what made an image */
  fingerprint(): Promise<string>;
  release(): Promise<void>;
}

/**
 * Opens a text-to-image model in diffusers' ONNX layout: model_index.json, tokenizer/, text_encoder/, scheduler/ and
 * either transformer/ (the small generator, which denoises pixels) or unet/ and vae_decoder/ (Stable Diffusion).
 *
 * @param providers tried in this order; a line says which one it became (`log: () => {}` for silence)
 * @param scheduler another scheduler than the folder's, by diffusers' class name
 * @param eta DDIM's noise (see `ddim`)
 * @param batch images at once, where the model leaves it open
 * @throws InputError naming a file that is missing, or an input that is not as it should be
 */
export async function openPipeline(
  folder: string,
  {
    providers = PROVIDERS,
    scheduler: as,
    eta = 0,
    batch,
    log = console.log,
  }: {
    providers?: readonly Provider[];
    scheduler?: string;
    eta?: number;
    batch?: number;
    log?: (line: string) => void;
  } = {},
): Promise<TextToImage> {
  const isLatent = existsSync(path.join(folder, 'unet'));
  const files = ['model_index.json', 'scheduler/scheduler_config.json', ...(isLatent ? LATENT_FILES : PIXEL_FILES)];
  requireFiles(folder, files);
  const schedulerFile = path.join(folder, 'scheduler', 'scheduler_config.json');
  const scheduler = openScheduler(readJson(schedulerFile), { where: schedulerFile, as, eta });
  const denoiser = isLatent
    ? await openLatentDenoiser(folder, { providers, batch })
    : await openPixelDenoiser(folder, { providers });
  const { provider, passedOver } = denoiser;
  const reasons = passedOver.length > 0 ? ` (not ${passedOver.join('; not ')})` : '';
  log(`${path.basename(folder)} runs on ${provider}${reasons}`);
  return {
    folder,
    provider,
    batch: denoiser.batch,
    size: denoiser.size,
    generate: (options) => generateImages(denoiser, scheduler, options),
    fingerprint: () => fingerprintOf(folder, files),
    release: () => denoiser.release(),
  };
}

function requireFiles(folder: string, files: readonly string[]): void {
  const missing = files.filter((name) => !existsSync(path.join(folder, name)));
  if (missing.length === 0) return;
  throw new InputError({
    where: folder,
    expected: `diffusers' ONNX layout: ${files.join(', ')}`,
    found: `no ${missing.join(', no ')}`,
    fix: 'name the folder that holds model_index.json; exportGenerator makes one',
  });
}
