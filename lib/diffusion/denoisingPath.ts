import { tf } from '../engine/tf.js';
import type { Rng } from '../random/rng.js';
import { hostTensor } from '../runs/hostTensor.js';
import { addNoise } from './flow.js';
import { toPixels } from './generatorBatch.js';
import type { Prompt, TextToImage } from './textToImage.js';

/** What the sampler holds after each of the steps `at`, for one image of one caption: [size, size, 3] bytes each. */
export async function denoisingPath(
  pipeline: TextToImage,
  {
    prompt,
    at,
    ...options
  }: { prompt: Prompt; at: readonly number[]; seed: number; guidance?: number; steps?: number },
): Promise<Uint8Array[]> {
  const seen = new Map<number, Uint8Array>();
  const onStep = async (step: number, look: () => Promise<Uint8Array[]>) => {
    if (at.includes(step)) seen.set(step, (await look())[0]);
  };
  await pipeline.generate({ ...options, prompts: [prompt], imagesPerPrompt: 1, onStep });
  return at.map((step) => {
    const image = seen.get(step);
    if (!image) throw new RangeError(`denoisingPath: there is no step ${step}`);
    return image;
  });
}

/** An image [size, size, 3] at noise levels σ, the same noise in each: x_σ = (1 − σ)·x + σ·noise. */
export function noisedImages(image: Uint8Array, levels: readonly number[], rng: Rng): Uint8Array[] {
  const pixels = image.length / 3;
  const planes = new Float32Array(image.length);
  for (let i = 0; i < pixels; i++) for (let c = 0; c < 3; c++) planes[c * pixels + i] = image[3 * i + c] / 127.5 - 1;
  const size = Math.sqrt(pixels);
  const shape: [number, number, number, number] = [1, 3, size, size];
  const noise = hostTensor(rng.normals(image.length), shape);
  return levels.map((level) =>
    tf.tidy(() => {
      const noised = addNoise(tf.tensor(planes, shape), tf.tensor(noise.data, shape), tf.tensor1d([level]));
      return toPixels(noised.dataSync() as Float32Array);
    }),
  );
}
