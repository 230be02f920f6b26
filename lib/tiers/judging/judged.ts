import { existsSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import type { Device } from '../../engine/device.js';
import { InputError } from '../../errors.js';
import { rawPixelFeatures } from '../../evaluate/baselines.js';
import { evaluateTasks, type TaskOptions } from '../../evaluate/evaluateTasks.js';
import type { ExtractFeatures } from '../../evaluate/features.js';
import { fingerprint } from '../../evaluate/finetune/fingerprint.js';
import type { EvaluationTask } from '../../evaluate/tasks/task.js';
import { normalisations } from '../../pictures/normalise.js';
import { sha256 } from '../../runs/files.js';
import { BASELINES, METHODS } from '../../runs/methods.js';
import { projectPath } from '../../runs/paths.js';
import { type Encoder, openEncoder } from '../../synclr/encode.js';
import type { MapOptions } from '../../synclr/weights/mapBackbone.js';
import { readBackbone } from '../../synclr/weights/readBackbone.js';
import { type FrozenEncoder, liveEncoder, untrained } from '../world/encoder.js';
import { tierSettings } from '../world/settings.js';

/** What a protocol judges: an encoder, or the pixels themselves. */
export interface Judged {
  /** In file names: 'stablerep'. */
  readonly key: string;
  /** In tables and figures: 'StableRep'. */
  readonly name: string;
  /** SHA-256 of its weights, or of what stands for them. */
  readonly hash: string;
  /** Side of its pictures. */
  readonly size: number;
  /** Null: raw pixels, which can neither be fine-tuned nor cut into tokens. */
  readonly backbone: Omit<FrozenEncoder, 'name'> | null;
}

/** A baseline that needs no weights: 16 × 16 means of pictures of a size. */
export const rawPixels = (size: number): Judged => ({ ...PIXELS, size, backbone: null });
const PIXELS = { key: 'pixels', name: BASELINES.pixels.name, hash: sha256('raw pixels, 16 × 16 means') };

/** The baseline of an encoder: its architecture with the weights that a seed starts from. */
export function randomInit({ model, normalisation }: Omit<FrozenEncoder, 'name' | 'params'>, seed = 0): Judged {
  const { params } = untrained(model, { seed });
  const hash = randomHash(model, seed);
  return {
    key: 'random',
    name: BASELINES.random.name,
    hash,
    size: model.image,
    backbone: { params, model, normalisation },
  };
}
const randomHash = (model: FrozenEncoder['model'], seed = 0) => sha256(JSON.stringify(['untrained', seed, model]));

/** An encoder that is in memory; its hash is of architecture and weights. */
export function judgedEncoder({ name, params, model, normalisation }: FrozenEncoder, key = name): Judged {
  const hash = fingerprint(params, Buffer.from(JSON.stringify([model, normalisation])));
  return { key, name, hash, size: model.image, backbone: { params, model, normalisation } };
}

/**
 * An encoder of a run folder, a .safetensors or a .pth. Its hash is of the file and of what was said of it: other heads, or
 * another network of the file, are another encoder.
 */
export function judgedFile(from: string, options: MapOptions & { key?: string; name?: string } = {}): Judged {
  const { params, config: model, normalisation } = readBackbone(from, options);
  const { key = path.basename(path.resolve(from)), name = key } = options;
  const file = statSync(from).isDirectory() ? path.join(from, 'encoder.safetensors') : from;
  const weights = sha256(readFileSync(file));
  const { prefix, heads } = options;
  const hash =
    prefix === undefined && heads === undefined ? weights : sha256(JSON.stringify([weights, { prefix, heads }]));
  return { key, name, hash, size: model.image, backbone: { params, model, normalisation } };
}

/** Encoders that the laptop tier may hold in data/models/encoder-*, and their names in figures; then the baselines. */
export const JUDGED_NAMES: Readonly<Record<string, string>> = Object.fromEntries(
  Object.entries({ ...METHODS, ...BASELINES }).map(([key, { name }]) => [key, name]),
);

const folderOf = (key: string) => projectPath('data', 'models', `encoder-${key}`);
const weightsOf = (key: string) => path.join(folderOf(key), 'encoder.safetensors');

/** Why there is nothing to judge under this name at the laptop tier, or nothing. */
export function missingEncoder(key: string): string | undefined {
  return key in BASELINES || existsSync(weightsOf(key)) ? undefined : `no data/models/encoder-${key}: not trained yet`;
}

/**
 * Hash of what stands under a name at the laptop tier, without its weights being read into tensors: what tells whether a
 * record is of the present encoder.
 */
export function judgedHash(key: string): string {
  if (key === 'pixels') return PIXELS.hash;
  if (key === 'random') return randomHash(architecture().model);
  return sha256(readFileSync(weightsOf(key)));
}

/** The baselines have the size of the first encoder there is. */
function architecture(): Pick<FrozenEncoder, 'model' | 'normalisation'> {
  const key = Object.keys(METHODS).find((name) => !missingEncoder(name));
  if (key) {
    const { config: model, normalisation } = readBackbone(folderOf(key));
    return { model, normalisation };
  }
  throw new InputError({
    where: 'data/models',
    expected: 'an encoder to judge',
    found: 'no folder encoder-*',
    fix: 'train one with `synclr train-encoder` and keep it with `synclr keep-encoder`',
  });
}

/** One that the laptop tier judges. @throws InputError where the name is unknown, or there is none of it */
export function laptopJudged(key: string): Judged {
  const reason = JUDGED_NAMES[key] === undefined ? 'no such name' : missingEncoder(key);
  if (reason) {
    const expected = `one of ${Object.keys(JUDGED_NAMES).join(', ')}`;
    throw new InputError({ where: `encoder '${key}'`, expected, found: reason, fix: 'name another, or train it' });
  }
  if (key === 'pixels') return rawPixels(architecture().model.image);
  if (key === 'random') return randomInit(architecture());
  return judgedFile(folderOf(key), { key, name: JUDGED_NAMES[key] });
}

/** Those of the smoke tier: the encoder that it trains live, the same untrained, and raw pixels. */
export async function smokeJudged(options: { seed?: number; root?: string } = {}): Promise<Judged[]> {
  const trained = await liveEncoder('smoke', options);
  return [judgedEncoder(trained, 'synclr'), randomInit(trained), rawPixels(tierSettings('smoke').size)];
}

/** A judged encoder that looks at pictures; `transform` says in words how they come to it. */
export interface OpenedJudged {
  extract: ExtractFeatures & Encoder['encode'];
  transform: string;
  release(): Promise<void>;
}

/** In words, how pictures come to who is judged. */
export function transformOf({ backbone, size }: Judged, output: 'cls' | 'patches' = 'cls'): string {
  if (!backbone) return '16 × 16 means';
  const statistics = { clip: "CLIP's", imagenet: "ImageNet's" }[backbone.normalisation];
  return `${size} px, ${statistics} mean and deviation, ${output === 'cls' ? 'class token' : 'patches'}`;
}

/**
 * Opens who is judged: class-token features (or those of all patches), normalised as in training; or the pixels.
 * @throws InputError for patches of raw pixels
 */
export async function openJudged(
  judged: Judged,
  {
    output = 'cls',
    size = judged.size,
    batch,
    device,
  }: { output?: 'cls' | 'patches'; size?: number; batch?: number; device?: Device } = {},
): Promise<OpenedJudged> {
  if (!judged.backbone && output === 'cls') {
    const pixels = rawPixelFeatures() as OpenedJudged['extract'];
    return { extract: pixels, transform: transformOf(judged), release: async () => {} };
  }
  const { params, model, normalisation } = backboneOf(judged);
  const opened = await openEncoder(params, model, {
    output,
    imageSize: [size, size],
    normalisation: normalisations[normalisation],
    ...(batch && { batch }),
    device,
  });
  return {
    extract: (images) => opened.encode(images),
    transform: transformOf({ ...judged, size }, output),
    release: () => opened.release(),
  };
}

/** The transfer protocol: tasks on frozen features of one that is opened for it and closed again. */
export async function transferJudged(judged: Judged, tasks: readonly EvaluationTask[], options: TaskOptions = {}) {
  const { release, ...features } = await openJudged(judged);
  try {
    return await evaluateTasks({ ...judged, ...features }, tasks, options);
  } finally {
    await release();
  }
}

/** Its backbone. @throws InputError for raw pixels */
export function backboneOf({ backbone, name }: Judged): NonNullable<Judged['backbone']> {
  if (backbone) return backbone;
  throw new InputError({
    where: name,
    expected: 'an encoder with weights',
    found: 'none',
    fix: 'choose protocols that need features alone: transfer, probe',
  });
}
