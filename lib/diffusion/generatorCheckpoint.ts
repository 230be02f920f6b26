import { existsSync } from 'node:fs';
import path from 'node:path';
import { InputError } from '../errors.js';
import { withoutPrefix } from '../nn/names.js';
import type { HostTensors } from '../runs/hostTensor.js';
import { readSafetensors, writeSafetensors } from '../runs/safetensors.js';
import type { CaptionCounts, GeneratorTraining } from './generatorBatch.js';
import type { GeneratorConfig } from './generatorConfig.js';
import type { TokenizerJson } from './tokenizerJson.js';

/** All that decides what a run computes, besides the code: compared when it is resumed. */
export interface GeneratorRunConfig {
  model: GeneratorConfig;
  training: GeneratorTraining;
  /** what the pictures and captions are, in words and numbers */
  data: Record<string, unknown>;
}

export interface GeneratorCheckpoint {
  /** steps done */
  step: number;
  state: HostTensors;
  config: GeneratorRunConfig;
  tokenizer: TokenizerJson;
  counts: CaptionCounts;
  /** seconds of training so far, over all sessions */
  seconds: number;
  /** settings that a resumed run changed, and after which step */
  history: { step: number; changed: string[] }[];
}

const fileOf = (folder: string) => path.join(folder, 'checkpoint.safetensors');

export function hasGeneratorCheckpoint(folder: string): boolean {
  return existsSync(fileOf(folder));
}

/** Writes folder/checkpoint.safetensors, whole or not at all. */
export function writeGeneratorCheckpoint(folder: string, checkpoint: GeneratorCheckpoint): void {
  const { state, ...rest } = checkpoint;
  writeSafetensors(fileOf(folder), state, { generator: JSON.stringify(rest) });
}

/** @throws InputError when the file is missing, damaged or not a generator's */
export function readGeneratorCheckpoint(folder: string): GeneratorCheckpoint {
  const file = fileOf(folder);
  const refuse = (found: string): never => {
    throw new InputError({
      where: file,
      expected: 'a checkpoint of trainGenerator',
      found,
      fix: 'name the folder of a training run',
    });
  };
  if (!existsSync(file)) refuse('no such file');
  const { tensors, metadata } = readSafetensors(file);
  if (!metadata.generator) refuse('a safetensors file without the training record');
  return { history: [], ...JSON.parse(metadata.generator), state: tensors };
}

/** The averaged weights, which are those to sample with. */
export function averagedWeights(checkpoint: GeneratorCheckpoint): HostTensors {
  return withoutPrefix(checkpoint.state, 'ema.');
}

/**
 * The keys whose values differ, all of them among those `allowed` (`training.steps`, or `data.captions` and all below).
 * @throws InputError naming keys that differ and may not
 */
export function requireSameConfig(
  where: string,
  { saved, given, allowed = [] }: { saved: object; given: object; allowed?: readonly string[] },
): string[] {
  const before = new Map(leaves(saved));
  const now = new Map(leaves(given));
  const changed = [...new Set([...before.keys(), ...now.keys()])].filter((key) => before.get(key) !== now.get(key));
  const differing = changed.filter((key) => !allowed.some((name) => key === name || key.startsWith(`${name}.`)));
  if (differing.length === 0) return changed;
  throw new InputError({
    where,
    expected: differing.map((key) => `${key} = ${before.get(key)}`).join(', '),
    found: differing.map((key) => `${key} = ${now.get(key)}`).join(', '),
    fix: 'resume with the settings of the run, allow these changes with --allow, or start in another folder',
  });
}

/** Dotted paths and JSON values of everything in a plain object. */
function leaves(value: unknown, at = ''): [string, string][] {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return [[at, JSON.stringify(value)]];
  return Object.entries(value).flatMap(([key, inner]) => leaves(inner, at ? `${at}.${key}` : key));
}
