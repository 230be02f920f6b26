import { existsSync } from 'node:fs';
import path from 'node:path';
import { type ModelProvider, modelProviders } from '../engine/providers.js';
import { InputError } from '../errors.js';
import { readJson } from '../runs/files.js';
import { fingerprintOf } from './fingerprint.js';
import { modelFiles, openDenoiser } from './openDenoiser.js';
import type { OnnxModel } from './openModel.js';
import { generateImages } from './sample.js';
import { openScheduler, type SchedulerName } from './schedulers/openScheduler.js';

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
  /** tokens of the caption that the text encoder did not see, because it takes no more */
  truncatedTokens: number;
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
  /**
   * called for every batch before the first step (0) and after each; `look` gives the images as they are then, `samples`
   * is what is denoised: pixels or latents, image by image
   */
  onStep?: (step: number, look: () => Promise<Uint8Array[]>, samples: Float32Array) => void | Promise<void>;
  signal?: AbortSignal;
}

export interface TextToImage {
  readonly folder: string;
  /** where it runs */
  readonly provider: ModelProvider;
  /** what was chosen beside the folder's own settings */
  readonly sampler: { scheduler?: SchedulerName; eta: number };
  /** images a call of the network makes */
  readonly batch: number;
  /** side of the images in pixels */
  readonly size: number;
  /**
   * All images, by prompt, then by k. A function of (model, seed, id, text, k, guidance, steps): neither the place of a
   * prompt in a list nor who else is in its batch changes a bit. Another batch size may round differently, by one in 255.
   * @throws InputError when memory does not do for the batch, with one that does
   */
  generate(options: GenerateOptions): Promise<GeneratedImage[]>;
  /** SHA-256 over the model's files and the sampler, where one was chosen: what made an image */
  fingerprint(): Promise<string>;
  release(): Promise<void>;
}

/**
 * Opens a text-to-image model in diffusers' ONNX layout: model_index.json, tokenizer/, text_encoder/, scheduler/, unet/
 * or transformer/ and, where it denoises latents, vae_decoder/. Stable Diffusion 1.5 is one, the small generator another.
 *
 * @param providers tried in this order; a line says which one it became (`log: () => {}` for silence)
 * @param scheduler another than the folder's: Stable Diffusion 1.5 ships with PNDM, published code used `'ddim'`
 * @param eta DDIM's noise (see `ddim`)
 * @param batch images at once, where the graphs leave it open (4)
 * @throws InputError naming a file that is missing, or an input that is not as it should be
 */
export async function openPipeline(
  folder: string,
  {
    providers = modelProviders(),
    scheduler: as,
    eta = 0,
    batch,
    log = console.log,
  }: {
    providers?: readonly ModelProvider[];
    scheduler?: SchedulerName;
    eta?: number;
    batch?: number;
    log?: (line: string) => void;
  } = {},
): Promise<TextToImage> {
  const files = modelFiles(folder);
  requireFiles(folder, files);
  const schedulerFile = path.join(folder, 'scheduler', 'scheduler_config.json');
  const scheduler = openScheduler(readJson(schedulerFile), { where: schedulerFile, as, eta });
  const denoiser = await openDenoiser(folder, { providers, batch });
  const [{ provider, passedOver }] = denoiser.models;
  const reasons = passedOver.length > 0 ? ` (not ${passedOver.join('; not ')})` : '';
  log(`${path.basename(folder)} runs on ${provider}${reasons}${elsewhere(denoiser.models)}`);
  return {
    folder,
    provider,
    sampler: { scheduler: as, eta },
    batch: denoiser.batch,
    size: denoiser.size,
    generate: (options) => generateImages(denoiser, scheduler, options),
    fingerprint: () => fingerprintOf(folder, files, as || eta ? `scheduler ${as ?? scheduler.name}, eta ${eta}` : ''),
    async release() {
      for (const model of denoiser.models) await model.release();
    },
  };
}

/** Which of the other models run on another provider than the first. */
function elsewhere([network, ...others]: readonly OnnxModel[]): string {
  return others
    .filter(({ provider }) => provider !== network.provider)
    .map(({ file, provider, passedOver }) => {
      return `, ${path.basename(path.dirname(file))} on ${provider} (not ${passedOver.join('; not ')})`;
    })
    .join('');
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
