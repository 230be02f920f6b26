import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { type HostTensor, hostTensor, sizeOf } from '../engine/host.js';
import type { Provider } from '../engine/session.js';
import { InputError } from '../errors.js';
import { rng } from '../random/rng.js';
import { readJson, sha256 } from '../runs/files.js';
import { toPixels } from './generatorBatch.js';
import { guide } from './guidance.js';
import { type OnnxModel, openModel, requirePorts } from './openModel.js';
import { PROVIDERS } from './providers.js';
import { openScheduler } from './schedulers/openScheduler.js';
import type { Scheduler } from './schedulers/scheduler.js';
import { openTokenizer, type PromptTokenizer } from './tokenizer.js';

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
  signal?: AbortSignal;
}

export interface TextToImage {
  readonly folder: string;
  /** SHA-256 over the model's files: what made an image */
  readonly fingerprint: string;
  /** where it runs */
  readonly provider: Provider;
  /** images a call of the denoiser makes */
  readonly batch: number;
  readonly size: number;
  /** All images, by prompt, then by k. A function of (model, seed, id, text, k, guidance, steps), whatever the batch. */
  generate(options: GenerateOptions): Promise<GeneratedImage[]>;
  release(): Promise<void>;
}

/**
 * Opens a text-to-image model in diffusers' ONNX layout: model_index.json, tokenizer/, text_encoder/, transformer/ and
 * scheduler/.
 *
 * @param providers tried in this order; a line says which one it became (`log: () => {}` for silence)
 * @param scheduler another scheduler than the folder's, by diffusers' class name
 * @throws InputError naming a file that is missing, or an input that is not as it should be
 */
export async function openPipeline(
  folder: string,
  {
    providers = PROVIDERS,
    scheduler: schedulerName,
    eta = 0,
    log = console.log,
  }: {
    providers?: readonly Provider[];
    scheduler?: string;
    eta?: number;
    log?: (line: string) => void;
  } = {},
): Promise<TextToImage> {
  requireFiles(folder);
  const file = (...parts: string[]) => path.join(folder, ...parts);
  const scheduler = openScheduler(readJson(file('scheduler', 'scheduler_config.json')), {
    where: file('scheduler', 'scheduler_config.json'),
    as: schedulerName,
    eta,
  });
  const textEncoder = await openModel(file('text_encoder', 'model.onnx'), { providers });
  const transformer = await openModel(file('transformer', 'model.onnx'), { providers: [textEncoder.provider, 'cpu'] });
  const sizes = checkPorts(textEncoder, transformer);
  const tokenizer = openTokenizer(readJson(file('tokenizer', 'tokenizer.json')), {
    maxTokens: sizes.maxTokens,
    config: readJson(file('tokenizer', 'tokenizer_config.json')),
  });
  const passedOver = textEncoder.passedOver.length > 0 ? ` (not ${textEncoder.passedOver.join('; not ')})` : '';
  log(`${path.basename(folder)} runs on ${transformer.provider}${passedOver}`);
  const parts = { textEncoder, transformer, tokenizer, scheduler, ...sizes };
  return {
    folder,
    fingerprint: sha256(FILES.map((name) => sha256(readFileSync(file(name)))).join('\n')),
    provider: transformer.provider,
    batch: sizes.batch,
    size: sizes.size,
    generate: (options) => generate(parts, options),
    async release() {
      await textEncoder.release();
      await transformer.release();
    },
  };
}

const FILES = [
  'model_index.json',
  'tokenizer/tokenizer.json',
  'tokenizer/tokenizer_config.json',
  'text_encoder/model.onnx',
  'transformer/model.onnx',
  'scheduler/scheduler_config.json',
];

function requireFiles(folder: string): void {
  const missing = FILES.filter((name) => !existsSync(path.join(folder, name)));
  if (missing.length === 0) return;
  throw new InputError({
    where: folder,
    expected: `diffusers' ONNX layout: ${FILES.join(', ')}`,
    found: `no ${missing.join(', no ')}`,
    fix: 'name the folder that holds model_index.json; make one with exportGenerator',
  });
}

/** Sizes as the models declare them. */
interface Sizes {
  batch: number;
  maxTokens: number;
  width: number;
  size: number;
}

function checkPorts(textEncoder: OnnxModel, transformer: OnnxModel): Sizes {
  const sample = transformer.inputs.find((port) => port.name === 'hidden_states')?.shape ?? [];
  const tokens = transformer.inputs.find((port) => port.name === 'encoder_hidden_states')?.shape ?? [];
  const [batch, , size] = sample;
  const [, maxTokens, width] = tokens;
  if (!batch || !size || !maxTokens || !width) {
    throw new InputError({
      where: `${transformer.file}, inputs`,
      expected:
        'hidden_states [batch, 3, size, size] and encoder_hidden_states [batch, tokens, width], with fixed sizes',
      found: transformer.inputs.map((port) => `${port.name} [${port.shape.map((n) => n ?? '?')}]`).join(', '),
      fix: 'export the transformer with exportGenerator',
    });
  }
  requirePorts(transformer, 'inputs', {
    hidden_states: [batch, 3, size, size],
    timestep: [batch],
    encoder_hidden_states: [batch, maxTokens, width],
    pooled_projections: [batch, width],
  });
  requirePorts(transformer, 'outputs', { out_sample: [batch, 3, size, size] });
  requirePorts(textEncoder, 'inputs', { input_ids: [batch, maxTokens] });
  requirePorts(textEncoder, 'outputs', { last_hidden_state: [batch, maxTokens, width], pooler_output: [batch, width] });
  return { batch, maxTokens, width, size };
}

interface Parts extends Sizes {
  textEncoder: OnnxModel;
  transformer: OnnxModel;
  tokenizer: PromptTokenizer;
  scheduler: Scheduler;
}

async function generate(parts: Parts, options: GenerateOptions): Promise<GeneratedImage[]> {
  const { prompts, imagesPerPrompt = 4, seed, onProgress, signal } = options;
  const jobs = prompts.flatMap(({ id, text }) =>
    Array.from({ length: imagesPerPrompt }, (_, k) => ({ id, text, k, stream: rng(seed, 'noise', id, k) })),
  );
  const images: GeneratedImage[] = [];
  for (let start = 0; start < jobs.length; start += parts.batch) {
    const chunk = jobs.slice(start, start + parts.batch);
    const pixels = await sample(parts, chunk, options);
    chunk.forEach(({ id, k }, i) => {
      images.push({ id, k, size: parts.size, image: pixels[i] });
    });
    onProgress?.(images.length, jobs.length);
    signal?.throwIfAborted();
  }
  return images;
}

/** Images of one batch; a short one is filled up with its last job. */
async function sample(
  parts: Parts,
  jobs: readonly { text: string; stream: ReturnType<typeof rng> }[],
  { guidance = 2.5, steps = 25, signal }: GenerateOptions,
): Promise<Uint8Array[]> {
  const { batch, size, transformer, scheduler } = parts;
  const count = 3 * size * size;
  const schedule = scheduler.setTimesteps(steps);
  const full = Array.from({ length: batch }, (_, i) => jobs[Math.min(i, jobs.length - 1)]);
  const conditioned = await encode(
    parts,
    full.map((job) => job.text),
  );
  const empty =
    guidance === 1
      ? undefined
      : await encode(
          parts,
          full.map(() => ''),
        );

  let x: Float32Array = new Float32Array(batch * count);
  full.forEach((job, i) => {
    if (i < jobs.length) x.set(job.stream.child('start').normals(count), i * count);
  });
  if (schedule.initialSigma !== 1) x = x.map((value) => value * schedule.initialSigma);

  for (let index = 0; index < steps; index++) {
    const timestep = hostTensor(new Float32Array(batch).fill(schedule.timesteps[index]), [batch]);
    const hidden = hostTensor(x, [batch, 3, size, size]);
    const predict = async (text: Record<string, HostTensor>) =>
      (await transformer.run({ hidden_states: hidden, timestep, ...text })).out_sample;
    const output = await guide(guidance, () => predict(conditioned), empty && (() => predict(empty)));
    const noise = () => {
      const z = new Float32Array(batch * count);
      full.forEach((job, i) => {
        if (i < jobs.length) z.set(job.stream.child('step', index).normals(count), i * count);
      });
      return z;
    };
    x = schedule.step({ index, sample: x, output, noise });
    signal?.throwIfAborted();
  }
  return jobs.map((_, i) => toPixels(x.subarray(i * count, (i + 1) * count)));
}

/** The text side of the denoiser's inputs. */
async function encode(
  { textEncoder, tokenizer, batch, maxTokens, width }: Parts,
  texts: readonly string[],
): Promise<Record<string, HostTensor>> {
  const ids = new Int32Array(batch * maxTokens);
  texts.forEach((text, i) => {
    ids.set(tokenizer.encode(text).ids, i * maxTokens);
  });
  const encoded = await textEncoder.run({ input_ids: hostTensor(ids, [batch, maxTokens]) });
  const shaped = (data: Float32Array, shape: number[]) => hostTensor(data.slice(0, sizeOf(shape)), shape);
  return {
    encoder_hidden_states: shaped(encoded.last_hidden_state, [batch, maxTokens, width]),
    pooled_projections: shaped(encoded.pooler_output, [batch, width]),
  };
}
