import { existsSync, readdirSync, rmSync } from 'node:fs';
import path from 'node:path';
import type { z } from 'zod';
import { InputError } from '../errors.js';
import { parseJson } from './files.js';
import type { HostTensors } from './hostTensor.js';
import { requireSame } from './identity.js';
import { whileLocked } from './lock.js';
import { removeLeftovers } from './outputFolder.js';
import { readSafetensors, writeSafetensors } from './safetensors.js';

/**
 * Works in a run folder as its only process. What earlier processes had half written when they were killed goes.
 * @param out without it, the work is done all the same
 * @throws InputError that names the process which works there already
 */
export async function inRunFolder<T>(out: string | undefined, work: () => Promise<T>): Promise<T> {
  if (!out) return work();
  return whileLocked(path.join(out, 'run.lock'), `run folder ${out}`, () => {
    removeLeftovers(out, (name) => /\.(safetensors|jsonl?|lock)$/.test(name));
    return work();
  });
}

/** The same for a file that is written over several starts, such as a log: `FILE.lock` lies beside it. */
export async function inRunFile<T>(out: string, work: () => Promise<T>): Promise<T> {
  return whileLocked(`${out}.lock`, out, () => {
    removeLeftovers(path.dirname(out), (name) =>
      [out, `${out}.lock`].map((file) => path.basename(file)).includes(name),
    );
    return work();
  });
}

/** What a kind of run keeps in the metadata of its checkpoints, each as JSON; the tensors are its state. A fact may be optional. */
export interface RunForm<Facts extends object> {
  /** what writes them, for errors */
  writer: string;
  facts: { readonly [Name in keyof Facts]: z.ZodType<Facts[Name]> };
  /** steps done, and steps in all */
  progress(facts: Facts): { step: number; total: number };
}

export interface Checkpoint<Facts> {
  state: HostTensors;
  facts: Facts;
}

const ONE = 'checkpoint.safetensors';
const NUMBERED = /^checkpoint-(\d+)\.safetensors$/;

/** The numbered checkpoints of a folder, newest first. */
function numberedIn(out: string): { step: number; file: string }[] {
  const found = existsSync(out) ? readdirSync(out).map((name) => ({ name, digits: NUMBERED.exec(name)?.[1] })) : [];
  return found
    .flatMap(({ name, digits }) => (digits ? [{ step: Number(digits), file: path.join(out, name) }] : []))
    .sort((a, b) => b.step - a.step);
}

/** The newest checkpoint of a run folder, or undefined. */
export function newestCheckpoint(out: string): string | undefined {
  const [newest] = numberedIn(out);
  const one = path.join(out, ONE);
  return newest?.file ?? (existsSync(one) ? one : undefined);
}

/**
 * Looks, before a run begins, whether its results would take the place of other files.
 * @throws InputError for results in a folder without a checkpoint: of a run of ours they come after it
 */
export function claimRunFolder(out: string): void {
  const found = ['record.json', 'encoder.safetensors'].find((name) => existsSync(path.join(out, name)));
  if (!found || newestCheckpoint(out)) return;
  throw new InputError({
    where: out,
    expected: 'a new folder, or one with the checkpoint of this run',
    found: `${found}, which would be overwritten`,
    fix: 'choose another folder, or move the file away yourself',
  });
}

/**
 * Writes the checkpoint of a run folder, whole or not at all.
 * @param options.keep with it, checkpoints are called by their steps, and that many of the newest stay
 */
export function keepCheckpoint<Facts extends object>(
  out: string,
  { state, facts }: Checkpoint<Facts>,
  { step, keep }: { step?: number; keep?: number } = {},
): void {
  const name = step === undefined ? ONE : `checkpoint-${String(step).padStart(6, '0')}.safetensors`;
  writeSafetensors(path.join(out, name), state, factsText(facts));
  if (step !== undefined) for (const { file } of numberedIn(out).slice(keep ?? 1)) rmSync(file);
}

/** Facts as the metadata of a safetensors file holds them. */
export function factsText(facts: object): Record<string, string> {
  return Object.fromEntries(Object.entries(facts).map(([name, value]) => [name, JSON.stringify(value)]));
}

/**
 * What a run in a folder has come to, or undefined where none was begun.
 *
 * @param options.identity all that the run's numbers follow from, by the facts of a checkpoint; `now`: by this call
 * @param options.allow see `requireSame`
 * @returns also the keys that differ and may
 * @throws InputError when the checkpoint is damaged, or of another run
 */
export function resumeRun<Facts extends object>(
  out: string,
  form: RunForm<Facts>,
  {
    identity,
    now,
    ...options
  }: { identity: (facts: Facts) => unknown; now: unknown; allow?: readonly string[]; fix?: string },
): (Checkpoint<Facts> & { changed: string[] }) | undefined {
  const file = newestCheckpoint(out);
  if (!file) return undefined;
  const found = readCheckpoint(file, form);
  return { ...found, changed: requireSame(file, { before: identity(found.facts), now, ...options }) };
}

/** Reads a checkpoint. @throws InputError when it is damaged, or of another kind of run */
export function readCheckpoint<Facts extends object>(file: string, form: RunForm<Facts>): Checkpoint<Facts> {
  const { tensors, metadata } = readSafetensors(file);
  const facts = readFacts(file, metadata, form);
  const { step, total } = form.progress(facts);
  const refuse = (expected: string, found: string): never => {
    throw new InputError({ where: file, expected, found, fix: DAMAGED });
  };
  if (!(Number.isSafeInteger(step) && step >= 0 && step <= total)) refuse(`steps done, 0 … ${total}`, String(step));
  const named = NUMBERED.exec(path.basename(file))?.[1];
  if (named && Number(named) !== step) refuse(`the state after ${Number(named)} steps`, `that after ${step}`);
  requireFinite(file, tensors);
  return { state: tensors, facts };
}

const DAMAGED =
  'remove this file, then the run goes on from an earlier checkpoint or begins again; or choose another folder';

/** The facts in the metadata of a run's file. @throws InputError that names the one which is missing or damaged */
export function readFacts<Facts extends object>(
  file: string,
  metadata: Record<string, string>,
  { writer, facts }: Pick<RunForm<Facts>, 'writer' | 'facts'>,
): Facts {
  const entries = Object.entries<z.ZodType>(facts).map(([name, schema]) => {
    if (!Object.hasOwn(metadata, name)) {
      if (schema.safeParse(undefined).success) return [name, undefined];
      throw new InputError({
        where: file,
        expected: `a file of ${writer}, with \`${name}\` in its metadata`,
        found: Object.keys(metadata).join(', ') || 'a safetensors file without metadata',
        fix: 'name a folder or file of such a run',
      });
    }
    return [name, parseJson(metadata[name], { where: `${file}, metadata \`${name}\``, schema, fix: DAMAGED })];
  });
  return Object.fromEntries(entries) as Facts;
}

/** @throws InputError that names a tensor with a number that is not finite */
export function requireFinite(file: string, tensors: HostTensors): void {
  for (const [name, { data }] of Object.entries(tensors)) {
    const at = (data as Float32Array).findIndex((value) => !Number.isFinite(value));
    if (at < 0) continue;
    throw new InputError({
      where: `${file}, tensor ${name}`,
      expected: 'finite numbers',
      found: `${data[at]} at place ${at}`,
      fix: DAMAGED,
    });
  }
}
