import path from 'node:path';
import { z } from 'zod';
import { withoutPrefix } from '../nn/names.js';
import { sha256 } from '../runs/files.js';
import type { HostTensors } from '../runs/hostTensor.js';
import { keepCheckpoint, newestCheckpoint, type RunForm, readCheckpoint, resumeRun } from '../runs/runFolder.js';
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

/** What is known of a run, beside its weights. */
interface GeneratorProgress {
  /** steps done */
  step: number;
  config: GeneratorRunConfig;
  tokenizer: TokenizerJson;
  counts: CaptionCounts;
  /** seconds of training so far, over all sessions */
  seconds: number;
  /** settings that a resumed run changed, and after which step */
  history: { step: number; changed: string[] }[];
  /** steps since the last line of loss.jsonl */
  pending: { loss: number; gradNorm: number }[];
}

export interface GeneratorCheckpoint extends GeneratorProgress {
  state: HostTensors;
}

const count = z.int().nonnegative();
const form: RunForm<{ generator: GeneratorProgress }> = {
  writer: 'trainGenerator',
  facts: {
    generator: z.looseObject({
      step: count,
      config: z.looseObject({ model: z.looseObject({}), training: z.looseObject({ steps: count }) }),
      tokenizer: z.looseObject({}),
      counts: z.looseObject({}),
      seconds: z.number(),
      history: z.array(z.looseObject({})).default([]),
      pending: z.array(z.looseObject({})).default([]),
    }) as unknown as z.ZodType<GeneratorProgress>,
  },
  progress: ({ generator: { step, config } }) => ({ step, total: config.training.steps }),
};

export function hasGeneratorCheckpoint(folder: string): boolean {
  return newestCheckpoint(folder) !== undefined;
}

/** Writes folder/checkpoint.safetensors, whole or not at all. */
export function writeGeneratorCheckpoint(folder: string, { state, ...generator }: GeneratorCheckpoint): void {
  keepCheckpoint(folder, { state, facts: { generator } });
}

/** @throws InputError when the file is missing, damaged or not a generator's */
export function readGeneratorCheckpoint(folder: string): GeneratorCheckpoint {
  const { state, facts } = readCheckpoint(
    newestCheckpoint(folder) ?? path.join(folder, 'checkpoint.safetensors'),
    form,
  );
  return { ...facts.generator, state };
}

/**
 * The run in a folder, with the settings and the tokenizer of this call; `allow`: settings that may differ. Undefined where
 * there is none. @throws InputError naming settings that differ and may not
 */
export function resumeGenerator(
  folder: string,
  { config, tokenizer, allow }: { config: GeneratorRunConfig; tokenizer: TokenizerJson; allow?: readonly string[] },
): GeneratorCheckpoint | undefined {
  const identity = (run: GeneratorRunConfig, words: TokenizerJson) => ({
    ...run,
    tokenizer: sha256(JSON.stringify(words)),
  });
  const found = resumeRun(folder, form, {
    identity: ({ generator }) => identity(generator.config, generator.tokenizer),
    now: identity(config, tokenizer),
    allow,
    fix: 'go on with the settings of the run, allow these changes with --allow, or choose another folder',
  });
  if (!found) return undefined;
  const { changed, state, facts } = found;
  const { step, history } = facts.generator;
  return {
    ...facts.generator,
    config,
    state,
    history: changed.length > 0 ? [...history, { step, changed }] : history,
  };
}

/** The averaged weights, which are those to sample with. */
export function averagedWeights(checkpoint: GeneratorCheckpoint): HostTensors {
  return withoutPrefix(checkpoint.state, 'ema.');
}
