import { appendFileSync, existsSync, mkdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import type { HostTensors } from '../engine/host.js';
import { InputError } from '../errors.js';
import { writeWhole } from '../runs/files.js';
import { readSafetensors, writeSafetensors } from '../runs/safetensors.js';
import type { EncoderConfig } from './config.js';
import type { VitConfig } from './vit.js';

const CHECKPOINT = 'checkpoint.safetensors';
const METRICS = 'metrics.jsonl';
const ENCODER = 'encoder.safetensors';

interface Saved {
  state: HostTensors;
  /** steps done */
  step: number;
  seed: number;
  config: EncoderConfig;
}

/** Writes state, step, seed and config in one file, whole or not at all. There is no other state: batches follow from the step. */
export function writeCheckpoint(out: string, { state, step, seed, config }: Saved): void {
  writeSafetensors(path.join(out, CHECKPOINT), state, {
    step: String(step),
    seed: String(seed),
    config: JSON.stringify(config),
  });
}

/**
 * The checkpoint in a folder, or null. @throws InputError that lists what differs, if it was written with another config
 * or seed: a run never changes its settings silently.
 */
export function readCheckpoint(
  out: string,
  { config, seed }: { config: EncoderConfig; seed: number },
): { state: HostTensors; step: number } | null {
  const file = path.join(out, CHECKPOINT);
  if (!existsSync(file)) return null;
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

/** A function that appends a line to `metrics.jsonl`; lines of steps from `step` on, which will be done again, are dropped. */
export function startMetrics(out: string | undefined, step: number): (line: { step: number }) => void {
  if (!out) return () => {};
  const file = path.join(out, METRICS);
  mkdirSync(out, { recursive: true });
  const lines = existsSync(file) ? readFileSync(file, 'utf8').split('\n').slice(0, -1) : [];
  writeWhole(
    file,
    lines
      .slice(0, step)
      .map((line) => `${line}\n`)
      .join(''),
  );
  return (line) => appendFileSync(file, `${JSON.stringify(line)}\n`);
}

/** Writes the backbone alone: `student.*` and, where there is one, `teacher.*`, with the model's config as metadata. */
export function writeEncoder(
  out: string,
  encoder: { student: HostTensors; teacher: HostTensors | null; step: number; seed: number; config: EncoderConfig },
): void {
  const tensors: HostTensors = {};
  for (const [name, tensor] of Object.entries(encoder.student)) tensors[`student.${name}`] = tensor;
  for (const [name, tensor] of Object.entries(encoder.teacher ?? {})) tensors[`teacher.${name}`] = tensor;
  const { config, step, seed } = encoder;
  writeSafetensors(path.join(out, ENCODER), tensors, {
    step: String(step),
    seed: String(seed),
    config: JSON.stringify(config),
  });
}

/** Reads what `writeEncoder` wrote; `file` may be the file or the folder of the run. */
export function readEncoder(file: string): {
  student: HostTensors;
  teacher: HostTensors | null;
  model: VitConfig;
  config: EncoderConfig;
} {
  const { tensors, metadata } = readSafetensors(file.endsWith('.safetensors') ? file : path.join(file, ENCODER));
  const config = JSON.parse(metadata.config) as EncoderConfig;
  const part = (prefix: string) =>
    Object.fromEntries(
      Object.entries(tensors)
        .filter(([name]) => name.startsWith(prefix))
        .map(([name, tensor]) => [name.slice(prefix.length), tensor]),
    );
  const teacher = part('teacher.');
  return {
    student: part('student.'),
    teacher: Object.keys(teacher).length > 0 ? teacher : null,
    model: config.model,
    config,
  };
}
