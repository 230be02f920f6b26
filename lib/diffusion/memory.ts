import { isOutOfMemory, runtimeMessage } from '../engine/runtimeMessage.js';
import { InputError } from '../errors.js';
import type { Denoiser } from './denoiser.js';

/**
 * The error for a batch that memory does not do for. Tries half of it, a quarter and so on, one step and one decoding
 * each, until one fits, and says so.
 */
export async function batchTooLarge(denoiser: Denoiser, error: unknown): Promise<InputError> {
  const { batch, batchIsFixed, models } = denoiser;
  const [{ file, provider }] = models;
  const fits = batchIsFixed ? undefined : await largestThatFits(denoiser);
  return new InputError({
    where: `${file} on ${provider}, batch ${batch}`,
    expected: `memory for ${batch} ${batch === 1 ? 'image' : 'images at once'}`,
    found: runtimeMessage(error),
    fix: advice(batchIsFixed, fits),
  });
}

function advice(batchIsFixed: boolean, fits: number | undefined): string {
  if (fits !== undefined) return `open the pipeline with batch: ${fits}, which fitted just now`;
  const others = 'free some memory, take a model in 16 bits, or providers: ["cpu"]';
  return batchIsFixed ? `export the graphs with a smaller batch, or ${others}` : `not even one image fits: ${others}`;
}

/** The first of batch/2, batch/4, … 1 that goes through every network. */
async function largestThatFits(denoiser: Denoiser): Promise<number | undefined> {
  for (let images = Math.floor(denoiser.batch / 2); images >= 1; images = Math.floor(images / 2)) {
    try {
      const text = await denoiser.encode(Array.from({ length: images }, () => ''));
      await denoiser.decode(await denoiser.predict(new Float32Array(images * denoiser.sampleCount), 1, text));
      return images;
    } catch (error) {
      if (!isOutOfMemory(error)) throw error;
    }
  }
  return undefined;
}
