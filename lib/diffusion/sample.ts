import { isOutOfMemory } from '../engine/runtimeMessage.js';
import { InputError } from '../errors.js';
import { type Rng, rng } from '../random/rng.js';
import { stopSignal } from '../runs/cell.js';
import type { Denoiser } from './denoiser.js';
import { guide } from './guidance.js';
import { batchTooLarge } from './memory.js';
import { toPixels } from './planes.js';
import type { Scheduler } from './schedulers/scheduler.js';
import type { GeneratedImage, GenerateOptions } from './textToImage.js';

/** Images of all prompts, batch by batch. Image k of caption id starts from the noise of (seed, id, k). */
export async function generateImages(
  denoiser: Denoiser,
  scheduler: Scheduler,
  options: GenerateOptions,
): Promise<GeneratedImage[]> {
  const { prompts, imagesPerPrompt = 4, seed, onProgress } = options;
  const signal = stopSignal(options.signal);
  const { batch, size, tokenizer } = denoiser;
  const jobs = prompts.flatMap(({ id, text }) => {
    const { truncated: truncatedTokens } = tokenizer.encode(text);
    return Array.from({ length: imagesPerPrompt }, (_, k) => ({
      text,
      noise: rng(seed, 'noise', id, k),
      made: { id, k, size, truncatedTokens },
    }));
  });
  const images: GeneratedImage[] = [];
  for (let start = 0; start < jobs.length; start += batch) {
    const chunk = jobs.slice(start, start + batch);
    const pixels = await sampleBatch(denoiser, scheduler, chunk, { ...options, signal }).catch(async (error) => {
      throw isOutOfMemory(error) ? await batchTooLarge(denoiser, error) : error;
    });
    chunk.forEach(({ made }, i) => {
      images.push({ ...made, image: pixels[i] });
    });
    onProgress?.(images.length, jobs.length);
    signal?.throwIfAborted();
  }
  return images;
}

/**
 * Images of one batch. Where it is short, it is filled up and the rest thrown away: kernels may round differently for
 * another number of images.
 */
async function sampleBatch(
  denoiser: Denoiser,
  scheduler: Scheduler,
  jobs: readonly { text: string; noise: Rng }[],
  { guidance = 2.5, steps = 25, onStep, signal }: GenerateOptions,
): Promise<Uint8Array[]> {
  const { batch, sampleCount } = denoiser;
  const schedule = scheduler.setTimesteps(steps);
  const texts = Array.from({ length: batch }, (_, i) => jobs[Math.min(i, jobs.length - 1)].text);
  const conditioned = await denoiser.encode(texts);
  const empty = guidance === 1 ? undefined : await denoiser.encode(texts.map(() => ''));
  const drawNoise = (...name: (string | number)[]) => {
    const all = new Float32Array(batch * sampleCount);
    jobs.forEach(({ noise }, i) => {
      all.set(noise.child(...name).normals(sampleCount), i * sampleCount);
    });
    return all;
  };

  let samples: Float32Array = drawNoise('start');
  if (schedule.initialSigma !== 1) samples = samples.map((x) => x * schedule.initialSigma);
  const look = async () => {
    const pixels = await denoiser.decode(samples);
    const count = 3 * denoiser.size ** 2;
    return jobs.map((_, i) => toPixels(pixels.subarray(i * count, (i + 1) * count)));
  };
  await onStep?.(0, look, samples);
  for (let index = 0; index < steps; index++) {
    const timestep = schedule.timesteps[index];
    const output = await guide(
      guidance,
      () => denoiser.predict(samples, timestep, conditioned),
      empty && (() => denoiser.predict(samples, timestep, empty)),
    );
    samples = schedule.step({ index, sample: samples, output, noise: () => drawNoise('step', index) });
    await onStep?.(index + 1, look, samples);
    signal?.throwIfAborted();
  }
  refuseNotFinite(samples);
  return look();
}

/** A picture of numbers that are none would be black. */
function refuseNotFinite(samples: Float32Array): void {
  const found = samples.find((value) => !Number.isFinite(value));
  if (found === undefined) return;
  throw new InputError({
    where: 'the text-to-image model',
    expected: 'finite numbers after the last step',
    found: String(found),
    fix: 'take a lower guidance, or look at the weights of the model',
  });
}
