import { existsSync } from 'node:fs';
import path from 'node:path';
import { z } from 'zod';
import { withoutPrefix, withPrefix } from '../nn/names.js';
import type { HostTensors } from '../runs/hostTensor.js';
import { type Checkpoint, factsText, type RunForm, readFacts, requireFinite } from '../runs/runFolder.js';
import { openSafetensors, readSafetensors, writeSafetensors } from '../runs/safetensors.js';
import type { EncoderConfig } from './config.js';
import { isClip } from './objectives/clip.js';
import type { VitConfig } from './vit.js';

const BEST = 'best.safetensors';
const ENCODER = 'encoder.safetensors';

/** What a run's files say of it. There is no other state: batches follow from the step. */
export interface EncoderFacts {
  /** steps done */
  step: number;
  seed: number;
  config: EncoderConfig;
  /** `identity` of the images, where they had one */
  source?: string;
}

export const encoderForm: RunForm<EncoderFacts> = {
  writer: 'trainEncoder',
  facts: {
    step: z.int().nonnegative(),
    seed: z.number(),
    config: z.looseObject({
      steps: z.int().positive(),
      model: z.looseObject({}),
    }) as unknown as z.ZodType<EncoderConfig>,
    source: z.string().optional(),
  },
  progress: ({ step, config }) => ({ step, total: config.steps }),
};

/** What the best checkpoint was chosen by. */
export interface Score {
  metric: string;
  value: number;
  /** whether more is better */
  rises: boolean;
}

/** Writes `best.safetensors`, a checkpoint, if it scores better than the one that is there. */
export function keepBest(
  out: string,
  { state, facts }: Checkpoint<EncoderFacts>,
  { metric, value, rises }: Score,
): void {
  const file = path.join(out, BEST);
  const before = readScore(file);
  const better = rises ? (a: number, b: number) => a > b : (a: number, b: number) => a < b;
  if (before?.metric === metric && Number.isFinite(before.value) && !better(value, before.value)) return;
  writeSafetensors(file, state, { ...factsText(facts), metric, value: String(value) });
}

function readScore(file: string): { metric: string; value: number } | undefined {
  if (!existsSync(file)) return undefined;
  const { metadata, close } = openSafetensors(file);
  close();
  return { metric: metadata.metric, value: Number(metadata.value) };
}

/** What is kept of a finished run. */
interface Backbones {
  student: HostTensors;
  teacher: HostTensors | null;
  /** `clip` only: `text.*`, `image_projection.weight`, `text_projection.weight` and `logit_scale` */
  clip: HostTensors | null;
}

/**
 * Writes the backbone alone: `student.*` and, where there are such, `teacher.*` and `clip.*`, with the run's config as
 * metadata.
 */
export function writeEncoder(out: string, { student, teacher, clip }: Backbones, facts: EncoderFacts): void {
  const tensors = {
    ...withPrefix(student, 'student.'),
    ...withPrefix(teacher ?? {}, 'teacher.'),
    ...withPrefix(clip ?? {}, 'clip.'),
  };
  writeSafetensors(path.join(out, ENCODER), tensors, factsText(facts));
}

/**
 * Reads the backbones that `writeEncoder` wrote, or those of a checkpoint; `file` may be the file or the folder of the
 * run, whose `encoder.safetensors` is meant.
 */
export function readEncoder(file: string): Backbones & { model: VitConfig; config: EncoderConfig } {
  const found = file.endsWith('.safetensors') ? file : path.join(file, ENCODER);
  const { tensors, metadata } = readSafetensors(found);
  const { config } = readFacts(found, metadata, encoderForm);
  requireFinite(found, tensors);
  const isCheckpoint = 'student.backbone.cls_token' in tensors;
  const backbones = isCheckpoint ? backbonesOf(tensors) : { ...backbonesOf(tensors, ''), clip: part(tensors, 'clip.') };
  return { ...backbones, model: config.model, config };
}

/** What is kept of a training state: the student without its mask token, the teacher and CLIP's parts where there are such. */
export function backbonesOf(state: HostTensors, under = 'backbone.'): Backbones {
  const { mask_token: _, ...student } = withoutPrefix(state, `student.${under}`);
  const clip = Object.entries(withoutPrefix(state, 'student.')).filter(([name]) => isClip(name));
  return {
    student,
    teacher: part(state, `teacher.${under}`),
    clip: clip.length > 0 ? Object.fromEntries(clip) : null,
  };
}

function part(tensors: HostTensors, prefix: string): HostTensors | null {
  const found = withoutPrefix(tensors, prefix);
  return Object.keys(found).length > 0 ? found : null;
}
