import { existsSync, readdirSync, rmSync } from 'node:fs';
import path from 'node:path';
import { InputError } from '../errors.js';
import { withoutPrefix, withPrefix } from '../nn/names.js';
import type { HostTensors } from '../runs/hostTensor.js';
import { openSafetensors, readSafetensors, writeSafetensors } from '../runs/safetensors.js';
import type { EncoderConfig } from './config.js';
import { isClip } from './objectives/clip.js';
import type { VitConfig } from './vit.js';

const CHECKPOINT = /^checkpoint-(\d+)\.safetensors$/;
const BEST = 'best.safetensors';
const ENCODER = 'encoder.safetensors';

interface Saved {
  state: HostTensors;
  /** steps done */
  step: number;
  seed: number;
  config: EncoderConfig;
}

const fileOfStep = (step: number) => `checkpoint-${String(step).padStart(6, '0')}.safetensors`;
const metadataOf = ({ step, seed, config }: Omit<Saved, 'state'>) => ({
  step: String(step),
  seed: String(seed),
  config: JSON.stringify(config),
});

/** The checkpoints of a folder by the steps done, newest first. */
function checkpointsIn(out: string): { step: number; file: string }[] {
  if (!existsSync(out)) return [];
  return readdirSync(out)
    .flatMap((name) => {
      const digits = CHECKPOINT.exec(name)?.[1];
      return digits ? [{ step: Number(digits), file: path.join(out, name) }] : [];
    })
    .sort((a, b) => b.step - a.step);
}

/** The newest checkpoint of a folder, or undefined. */
export function newestCheckpoint(out: string): string | undefined {
  return checkpointsIn(out)[0]?.file;
}

/**
 * Writes state, step, seed and config to `checkpoint-STEP.safetensors`, whole or not at all, then deletes all but the
 * newest `keep`. There is no other state: batches follow from the step.
 */
export function writeCheckpoint(out: string, { state, ...rest }: Saved, { keep = 1 }: { keep?: number } = {}): void {
  writeSafetensors(path.join(out, fileOfStep(rest.step)), state, metadataOf(rest));
  for (const { file } of checkpointsIn(out).slice(keep)) rmSync(file);
}

/** What the best checkpoint was chosen by. */
export interface Score {
  metric: string;
  value: number;
  /** whether more is better */
  rises: boolean;
}

/** Writes `best.safetensors`, a checkpoint, if it scores better than the one that is there. */
export function keepBest(out: string, { state, ...rest }: Saved, { metric, value, rises }: Score): void {
  const file = path.join(out, BEST);
  const before = readScore(file);
  const better = rises ? (a: number, b: number) => a > b : (a: number, b: number) => a < b;
  if (before?.metric === metric && !better(value, before.value)) return;
  writeSafetensors(file, state, { ...metadataOf(rest), metric, value: String(value) });
}

function readScore(file: string): { metric: string; value: number } | undefined {
  if (!existsSync(file)) return undefined;
  const { metadata, close } = openSafetensors(file);
  close();
  return { metric: metadata.metric, value: Number(metadata.value) };
}

/**
 * The newest checkpoint in a folder, or null. @throws InputError that lists what differs, if it was written with another
 * config or seed: a run never changes its settings silently.
 */
export function readCheckpoint(
  out: string,
  { config, seed }: { config: EncoderConfig; seed: number },
): { state: HostTensors; step: number } | null {
  const file = newestCheckpoint(out);
  if (!file) return null;
  const { tensors, metadata } = readSafetensors(file);
  const before = { seed: Number(metadata.seed), config: JSON.parse(metadata.config) };
  const differing = differences(before, { seed, config: JSON.parse(JSON.stringify(config)) });
  if (differing.length > 0) {
    throw new InputError({
      where: file,
      expected: 'a checkpoint of the same config and seed',
      found: differing.join('; '),
      fix: 'go on with the old settings, or choose another folder for the new run',
    });
  }
  return { state: tensors, step: Number(metadata.step) };
}

/** 'config.steps: 10 then, 20 now' for every leaf that differs. */
function differences(before: unknown, now: unknown, at = ''): string[] {
  const isTree = (v: unknown): v is Record<string, unknown> => typeof v === 'object' && v !== null;
  if (isTree(before) && isTree(now)) {
    const keys = [...new Set([...Object.keys(before), ...Object.keys(now)])];
    return keys.flatMap((key) => differences(before[key], now[key], at ? `${at}.${key}` : key));
  }
  return before === now ? [] : [`${at}: ${JSON.stringify(before)} then, ${JSON.stringify(now)} now`];
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
export function writeEncoder(
  out: string,
  { student, teacher, clip, ...run }: Backbones & { step: number; seed: number; config: EncoderConfig },
): void {
  const tensors = {
    ...withPrefix(student, 'student.'),
    ...withPrefix(teacher ?? {}, 'teacher.'),
    ...withPrefix(clip ?? {}, 'clip.'),
  };
  writeSafetensors(path.join(out, ENCODER), tensors, metadataOf(run));
}

/**
 * Reads the backbones that `writeEncoder` wrote, or those of a checkpoint; `file` may be the file or the folder of the
 * run, whose `encoder.safetensors` is meant.
 */
export function readEncoder(file: string): Backbones & { model: VitConfig; config: EncoderConfig } {
  const { tensors, metadata } = readSafetensors(file.endsWith('.safetensors') ? file : path.join(file, ENCODER));
  const config = JSON.parse(metadata.config) as EncoderConfig;
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
