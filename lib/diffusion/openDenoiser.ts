import { existsSync } from 'node:fs';
import path from 'node:path';
import { z } from 'zod';
import type { ModelProvider } from '../engine/providers.js';
import { InputError } from '../errors.js';
import { readJson } from '../runs/files.js';
import type { Denoiser } from './denoiser.js';
import { externalWeights } from './externalWeights.js';
import { openFolderTokenizer, tokenizerFiles } from './folderTokenizer.js';
import { joinDenoiser, shapeOf } from './joinDenoiser.js';
import type { OnnxModel } from './onnxModel.js';
import { openDecoder } from './openDecoder.js';
import { describePorts, openModel, requirePorts } from './openModel.js';

/** The two kinds of denoising networks, and what each calls its sample. */
const SAMPLE_NAMES = { unet: 'sample', transformer: 'hidden_states' } as const;

const networkOf = (folder: string) => (existsSync(path.join(folder, 'unet')) ? 'unet' : 'transformer');

/**
 * The files of a model folder that decide its images, below `folder`. What is not there, and must be, is named too;
 * weights that a model.onnx keeps in files beside it are found, and nothing else that lies there.
 */
export function modelFiles(folder: string): string[] {
  const network = networkOf(folder);
  const has = (file: string) => existsSync(path.join(folder, file));
  const models = ['text_encoder', network, ...(has('vae_decoder') ? ['vae_decoder'] : [])];
  const configs = ['unet/config.json', 'vae_decoder/config.json'].filter(has);
  return [
    'model_index.json',
    'scheduler/scheduler_config.json',
    ...tokenizerFiles(path.join(folder, 'tokenizer')).map((file) => `tokenizer/${file}`),
    ...models.map((model) => `${model}/model.onnx`),
    ...configs,
    ...models.flatMap((model) => weightFiles(folder, model)),
  ];
}

function weightFiles(folder: string, model: string): string[] {
  const file = path.join(folder, model, 'model.onnx');
  return existsSync(file) ? externalWeights(file).map((name) => `${model}/${name}`) : [];
}

/**
 * Opens the networks of a folder in diffusers' ONNX layout: text_encoder/, unet/ or transformer/ and, where latents are
 * denoised, vae_decoder/. All run on the provider that the denoising network got, or a later one of the list.
 *
 * @param batch images at once; graphs may fix it
 * @param watch sees all outputs of the denoising network, call by call
 * @throws InputError when a graph has other inputs, outputs or shapes than diffusers', or another batch
 */
export async function openDenoiser(
  folder: string,
  {
    providers,
    batch: wanted,
    watch,
  }: {
    providers: readonly ModelProvider[];
    batch?: number;
    watch?: (outputs: Readonly<Record<string, Float32Array>>) => void;
  },
): Promise<Denoiser> {
  const name = networkOf(folder);
  const sampleName = SAMPLE_NAMES[name];
  const open = (model: string, on: readonly ModelProvider[]) =>
    openModel(path.join(folder, model, 'model.onnx'), { providers: on });
  const network = await open(name, providers);
  const settled = providers.slice(providers.indexOf(network.provider));
  const textEncoder = await open('text_encoder', settled);

  const [batch] = shapeOf(network, sampleName);
  const images = chooseBatch(batch, wanted, network.file);
  const { channels, side } = sampleSize(folder, network, sampleName);
  const [, networkTokens, width] = shapeOf(network, 'encoder_hidden_states');
  const maxTokens = networkTokens ?? shapeOf(textEncoder, 'input_ids')[1];
  const pooled = network.inputs.find((port) => port.name === 'pooled_projections');
  const timeShape = shapeOf(network, 'timestep').map((n) => n ?? 1);
  const sampleShape = [batch, channels, side, side];
  requirePorts(network, 'inputs', {
    [sampleName]: sampleShape,
    timestep: timeShape.length === 0 ? [] : [undefined],
    encoder_hidden_states: [batch, maxTokens, undefined],
    ...(pooled && { pooled_projections: [batch, undefined] }),
  });
  requireNoOthers(network, [sampleName, 'timestep', 'encoder_hidden_states', 'pooled_projections']);
  requirePorts(network, 'outputs', { out_sample: sampleShape });
  requirePorts(textEncoder, 'inputs', { input_ids: [batch, maxTokens] });
  requirePorts(textEncoder, 'outputs', {
    last_hidden_state: [batch, maxTokens, width],
    ...(pooled && { pooler_output: [batch, pooled.shape[1]] }),
  });
  const decoder = await openDecoder(folder, { providers: settled, sample: { batch, channels, side } });
  const tokenizer = openFolderTokenizer(path.join(folder, 'tokenizer'), { maxTokens });
  return joinDenoiser({
    network,
    textEncoder,
    decoder,
    tokenizer,
    batch: images,
    batchIsFixed: batch !== undefined,
    sample: { name: sampleName, channels, side },
    watch,
  });
}

const side = z
  .number()
  .int()
  .positive()
  .max(2 ** 14)
  .optional();
const sizeSchema = z.object({ in_channels: side, sample_size: side });

/** Channels and side of what is denoised: the graph's, or where they are open those of config.json. */
function sampleSize(folder: string, network: OnnxModel, sampleName: string): { channels: number; side: number } {
  const shape = network.inputs.find((port) => port.name === sampleName)?.shape;
  if (shape?.length !== 4) {
    throw new InputError({
      where: `${network.file}, inputs`,
      expected: `${sampleName} [batch, channels, height, width]`,
      found: describePorts(network.inputs),
      fix: "export the model with the names and shapes of diffusers' ONNX pipelines",
    });
  }
  const file = path.join(folder, networkOf(folder), 'config.json');
  const config = existsSync(file)
    ? readJson(file, { schema: sizeSchema, fix: 'take the file from the published model again' })
    : {};
  const [channels, side] = [shape[1] ?? config.in_channels, shape[3] ?? config.sample_size];
  if (channels && side) return { channels, side };
  throw new InputError({
    where: file,
    expected: 'in_channels and sample_size, because the graph leaves them open',
    found: JSON.stringify({ in_channels: config.in_channels, sample_size: config.sample_size }),
    fix: `copy the network's config.json beside its model.onnx`,
  });
}

function requireNoOthers(network: OnnxModel, known: readonly string[]): void {
  const others = network.inputs.filter(({ name }) => !known.includes(name));
  if (others.length === 0) return;
  throw new InputError({
    where: `${network.file}, inputs`,
    expected: `no others than ${known.join(', ')}`,
    found: describePorts(others),
    fix: 'use a model of the family of Stable Diffusion 1.x: nothing here can make these inputs',
  });
}

function chooseBatch(fixed: number | undefined, wanted: number | undefined, where: string): number {
  const batch = wanted ?? fixed ?? 4;
  if (Number.isInteger(batch) && batch > 0 && (fixed === undefined || batch === fixed)) return batch;
  throw new InputError({
    where: `${where}, batch`,
    expected:
      fixed === undefined ? 'a whole number of images from 1' : `${fixed}, the batch that the graph was made for`,
    found: String(batch),
    fix: fixed === undefined ? 'change --batch' : 'leave --batch out, or export the graph with another',
  });
}
