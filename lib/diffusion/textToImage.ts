import type { ModelProvider } from '../engine/providers.js';
import type { SchedulerName } from './schedulers/openScheduler.js';

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
  /** images per caption; 4 in paper §3.2 */
  imagesPerPrompt?: number;
  /** classifier-free guidance scale; 2.5 in paper §3.2; 1 leaves the unconditional pass out */
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
