import { existsSync } from 'node:fs';
import path from 'node:path';
import { z } from 'zod';
import type { ModelProvider } from '../engine/providers.js';
import { InputError } from '../errors.js';
import { readJson } from '../runs/files.js';
import { hostTensor } from '../runs/hostTensor.js';
import type { OnnxModel } from './onnxModel.js';
import { openModel, requirePorts } from './openModel.js';

/** What Stable Diffusion 1.x multiplies its latents with, where vae_decoder/config.json does not say. */
const SCALING_FACTOR = 0.18215;

export interface Decoder {
  readonly models: readonly OnnxModel[];
  /** side of the images in pixels */
  readonly size: number;
  /** Images [images, 3, size, size] in [−1, 1] from samples [images · channels · side · side]. */
  decode(samples: Float32Array): Promise<Float32Array>;
}

/**
 * Opens the autoencoder's decoder of a model folder. Without one, samples of three channels are pixels.
 * @param sample what the network denoises; `batch` where its graph fixes it
 */
export async function openDecoder(
  folder: string,
  {
    providers,
    sample: { batch, channels, side },
  }: { providers: readonly ModelProvider[]; sample: { batch?: number; channels: number; side: number } },
): Promise<Decoder> {
  const file = path.join(folder, 'vae_decoder', 'model.onnx');
  if (!existsSync(file)) {
    if (channels === 3) return { models: [], size: side, decode: async (samples) => samples };
    throw new InputError({
      where: folder,
      expected: `a decoder, because the network denoises ${channels} channels`,
      found: 'no vae_decoder/model.onnx',
      fix: 'export it with the other models',
    });
  }
  const decoder = await openModel(file, { providers });
  requirePorts(decoder, 'inputs', { latent_sample: [batch, channels, side, side] });
  requirePorts(decoder, 'outputs', { sample: [batch, 3, undefined, undefined] });
  const { scaling, shift } = readScaling(folder);
  return {
    models: [decoder],
    // Where the decoder does not declare its output, an image is eight times as wide as its latent.
    size: decoder.outputs.find(({ name }) => name === 'sample')?.shape[3] ?? 8 * side,
    async decode(samples) {
      const scaled = samples.map((x) => x / scaling + shift);
      const images = samples.length / (channels * side * side);
      return (await decoder.run({ latent_sample: hostTensor(scaled, [images, channels, side, side]) })).sample;
    },
  };
}

const scalingSchema = z.object({
  scaling_factor: z.number().positive().nullish(),
  shift_factor: z.number().nullish(),
  latents_mean: z.null('statistics of each channel are not supported').optional(),
  latents_std: z.null('statistics of each channel are not supported').optional(),
});

function readScaling(folder: string): { scaling: number; shift: number } {
  const file = path.join(folder, 'vae_decoder', 'config.json');
  const config = existsSync(file)
    ? readJson(file, { schema: scalingSchema, fix: 'take the file from the published model again' })
    : {};
  return { scaling: config.scaling_factor ?? SCALING_FACTOR, shift: config.shift_factor ?? 0 };
}
