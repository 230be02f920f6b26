import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { InputError } from '../../../errors.js';
import { rawPixelFeatures } from '../../../evaluate/baselines.js';
import type { ExtractFeatures } from '../../../evaluate/features.js';
import { sha256 } from '../../../runs/files.js';
import { BASELINES, METHODS } from '../../../runs/methods.js';
import { projectPath } from '../../../runs/paths.js';
import { openEncoder } from '../../../synclr/encode.js';
import { readBackbone } from '../../../synclr/weights/readBackbone.js';
import { type FrozenEncoder, liveTraining, trainLive, untrained } from '../../world/encoder.js';
import { tierSettings } from '../../world/settings.js';

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
  readonly backbone: Pick<FrozenEncoder, 'params' | 'model'> | null;
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
  if (key === 'pixels') return sha256('raw pixels, 16 × 16 means');
  if (key === 'random') return sha256(JSON.stringify(['untrained', 0, architecture()]));
  return sha256(readFileSync(weightsOf(key)));
}

/** The baselines have the size of the first encoder there is. */
function architecture(): FrozenEncoder['model'] {
  const key = Object.keys(METHODS).find((name) => !missingEncoder(name));
  if (key) return readBackbone(folderOf(key)).config;
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
  const identity = { key, name: JUDGED_NAMES[key], hash: judgedHash(key) };
  if (key === 'pixels') return { ...identity, size: architecture().image, backbone: null };
  if (key === 'random') {
    const model = architecture();
    return { ...identity, size: model.image, backbone: untrained(model) };
  }
  const { params, config: model } = readBackbone(folderOf(key));
  return { ...identity, size: model.image, backbone: { params, model } };
}

/** Those of the smoke tier: the encoder that it trains live, the same untrained, and raw pixels. */
export async function smokeJudged(options: { seed?: number; root?: string } = {}): Promise<Judged[]> {
  const { teacher, student } = await trainLive('smoke', options);
  const { model } = liveTraining('smoke');
  const { size } = tierSettings('smoke');
  const one = (key: string, backbone: Judged['backbone']): Judged => {
    const weights = Object.values(backbone?.params ?? {}).map(({ data }) => Buffer.from(data.buffer));
    return { key, name: JUDGED_NAMES[key], hash: sha256(Buffer.concat(weights)), size, backbone };
  };
  return [one('synclr', { params: teacher ?? student, model }), one('random', untrained(model)), one('pixels', null)];
}

/** Class-token features, or the pixels; `transform` says in words how pictures come to them. */
export async function openFeatures({
  backbone,
  size,
}: Judged): Promise<{ extract: ExtractFeatures; transform: string; release: () => Promise<void> }> {
  if (!backbone) return { extract: rawPixelFeatures(), transform: '16 × 16 means', release: async () => {} };
  const opened = await openEncoder(backbone.params, backbone.model);
  return {
    extract: (images) => opened.encode(images),
    transform: `${size} px, CLIP's mean and deviation, class token`,
    release: () => opened.release(),
  };
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
