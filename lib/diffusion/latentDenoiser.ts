import { existsSync } from 'node:fs';
import path from 'node:path';
import { hostTensor } from '../engine/host.js';
import type { Provider } from '../engine/session.js';
import { InputError } from '../errors.js';
import { readJson } from '../runs/files.js';
import { type Denoiser, releaseAll } from './denoiser.js';
import { openModel, requirePorts } from './openModel.js';
import { encodeBatch, openFolderTokenizer } from './tokenizer.js';

/** Stable Diffusion's layout as ONNX exports have it, beside model_index.json and the scheduler. */
export const LATENT_FILES = [
  'tokenizer/tokenizer.json',
  'tokenizer/tokenizer_config.json',
  'text_encoder/model.onnx',
  'unet/model.onnx',
  'unet/config.json',
  'vae_decoder/model.onnx',
];

/** What Stable Diffusion 1.x multiplies its latents with, where vae_decoder/config.json does not say. */
const SCALING_FACTOR = 0.18215;

/**
 * Opens a model that denoises the latent of an autoencoder, such as Stable Diffusion 1.5. Where the graphs leave the
 * batch open, `batch` says how many images are made at once.
 */
export async function openLatentDenoiser(
  folder: string,
  { providers, batch: wanted = 4 }: { providers: readonly Provider[]; batch?: number },
): Promise<Denoiser> {
  const open = (name: string) => openModel(path.join(folder, name, 'model.onnx'), { providers });
  const textEncoder = await open('text_encoder');
  const unet = await open('unet');
  const decoder = await open('vae_decoder');
  const side = readUnetConfig(folder);
  const port = (name: string) => unet.inputs.find((input) => input.name === name)?.shape ?? [];
  const batch = port('sample')[0] ?? wanted;
  const latent = [batch, side.channels, side.size, side.size];
  requirePorts(unet, 'inputs', { sample: latent, encoder_hidden_states: [batch, undefined, undefined] });
  requirePorts(unet, 'outputs', { out_sample: latent });
  requirePorts(decoder, 'inputs', { latent_sample: latent });
  requirePorts(decoder, 'outputs', { sample: [batch, 3, undefined, undefined] });
  const times = port('timestep');
  const timeShape = times.length === 0 ? [] : [times[0] ?? 1];
  const maxTokens = port('encoder_hidden_states')[1] ?? textEncoder.inputs[0]?.shape[1];
  const tokenizer = openFolderTokenizer(path.join(folder, 'tokenizer'), { maxTokens });
  const scaling = readScalingFactor(folder);
  // Where the decoder does not declare its output, an image is eight times as wide as its latent.
  const size = decoder.outputs[0].shape[3] ?? 8 * side.size;
  return {
    provider: unet.provider,
    passedOver: unet.passedOver,
    batch,
    sampleCount: side.channels * side.size * side.size,
    size,
    async encode(texts) {
      const { last_hidden_state: states } = await textEncoder.run({ input_ids: encodeBatch(tokenizer, texts) });
      const width = states.length / (batch * tokenizer.maxTokens);
      return { encoder_hidden_states: hostTensor(states, [batch, tokenizer.maxTokens, width]) };
    },
    async predict(samples, timestep, text) {
      const timestepTensor = hostTensor(new Float32Array(timeShape[0] ?? 1).fill(timestep), timeShape);
      return (await unet.run({ sample: hostTensor(samples, latent), timestep: timestepTensor, ...text })).out_sample;
    },
    async decode(samples) {
      const scaled = hostTensor(
        samples.map((x) => x / scaling),
        latent,
      );
      return (await decoder.run({ latent_sample: scaled })).sample;
    },
    release: () => releaseAll([textEncoder, unet, decoder]),
  };
}

function readUnetConfig(folder: string): { channels: number; size: number } {
  const file = path.join(folder, 'unet', 'config.json');
  const { in_channels: channels, sample_size: size } = readJson<{ in_channels?: number; sample_size?: number }>(file);
  if (!channels || !size) {
    throw new InputError({
      where: file,
      expected: 'in_channels and sample_size',
      found: JSON.stringify({ in_channels: channels, sample_size: size }),
      fix: "copy the U-Net's config.json beside its model.onnx",
    });
  }
  return { channels, size };
}

function readScalingFactor(folder: string): number {
  const file = path.join(folder, 'vae_decoder', 'config.json');
  if (!existsSync(file)) return SCALING_FACTOR;
  return readJson<{ scaling_factor?: number }>(file).scaling_factor ?? SCALING_FACTOR;
}
