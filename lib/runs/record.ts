import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { z } from 'zod';
import { InputError } from '../errors.js';
import { sha256, writeJson } from './files.js';
import { projectPath } from './paths.js';

type Json = null | boolean | number | string | Json[] | { [key: string]: Json };
const json: z.ZodType<Json> = z.lazy(() =>
  z.union([z.null(), z.boolean(), z.number(), z.string(), z.array(json), z.record(z.string(), json)]),
);

const runRecordSchema = z.strictObject({
  /** What ran, e.g. `figure6/captions-1000`. */
  name: z.string().min(1),
  tier: z.enum(['smoke', 'laptop', 'paper']),
  seed: z.int(),
  config: z.record(z.string(), json),
  /** SHA-256 of `config` with its keys sorted: equal settings, equal hash. */
  configHash: z.string().regex(/^[0-9a-f]{64}$/),
  /** Inputs by name: the SHA-256 of each, or of its manifest. */
  inputs: z.record(z.string(), z.string().regex(/^[0-9a-f]{64}$/)),
  metrics: z.record(z.string(), json),
  seconds: z.number().nonnegative(),
  /** UTC, when the run ended. */
  finished: z.iso.datetime(),
  code: z.strictObject({ version: z.string(), commit: z.string().optional() }),
});

/** One finished run: enough to follow a number back to its settings, seed, code and data. */
export type RunRecord = z.infer<typeof runRecordSchema>;

/** Completes a record with the config's hash, the time and the version of the code. Settings that are undefined are left out. */
export function runRecord({
  finished = new Date(),
  ...given
}: Pick<RunRecord, 'name' | 'tier' | 'seed' | 'inputs' | 'seconds'> & {
  config: object;
  metrics: object;
  finished?: Date;
}): RunRecord {
  const { name, tier, seed, config, inputs, metrics, seconds } = given;
  return validate(
    {
      name,
      tier,
      seed,
      config: plain(config),
      configHash: hashOfConfig(config),
      inputs,
      metrics: plain(metrics),
      seconds,
      finished: finished.toISOString(),
      code: codeVersion(),
    },
    `the run record of ${name}`,
  );
}

/** SHA-256 of a config with the keys of every level sorted. */
export function hashOfConfig(config: object): string {
  return sha256(JSON.stringify(sortKeys(plain(config))));
}

/** As plain data, without what is undefined; numbers that JSON has no word for stay, and are refused as such. */
function plain(value: unknown): Json {
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value !== 'object' || value === null) return value as Json;
  const there = Object.entries(value).filter(([, entry]) => entry !== undefined);
  return Object.fromEntries(there.map(([key, entry]) => [key, plain(entry)]));
}

/**
 * Writes a record: top-level keys in a fixed order, all inner keys sorted. A record is written once; `replace` says that
 * the old one, with its time and numbers, may go.
 */
export function writeRunRecord(file: string, record: RunRecord, { replace = false } = {}): void {
  if (!replace && existsSync(file)) {
    throw new InputError({
      where: file,
      expected: 'no record yet: a record is written once',
      found: `one of ${readRunRecord(file).finished}`,
      fix: 'take another name, delete the old record, or pass { replace: true }',
    });
  }
  const { name, tier, seed, config, configHash, inputs, metrics, seconds, finished, code } = validate(record, file);
  writeJson(file, {
    name,
    tier,
    seed,
    config: sortKeys(config),
    configHash,
    inputs: sortKeys(inputs),
    metrics: sortKeys(metrics),
    seconds,
    finished,
    code,
  });
}

/** Reads a record. @throws InputError when a field is missing or wrong, or the hash is not that of its config. */
export function readRunRecord(file: string): RunRecord {
  let content: unknown;
  try {
    content = JSON.parse(readFileSync(file, 'utf8'));
  } catch (error) {
    const found = error instanceof Error ? error.message : String(error);
    throw new InputError({ where: file, expected: 'a run record in JSON', found, fix: 'run the experiment again' });
  }
  return validate(content, file);
}

/** Whether a file is a record whose name begins so. */
export function isRecordOf(file: string, name: string): boolean {
  try {
    return readRunRecord(file).name.startsWith(name);
  } catch {
    return false;
  }
}

function validate(content: unknown, where: string): RunRecord {
  const fix = 'write records with runRecord() and writeRunRecord(), and do not edit them by hand';
  const parsed = runRecordSchema.safeParse(content);
  if (!parsed.success) {
    throw new InputError({ where, expected: 'a run record', found: z.prettifyError(parsed.error), fix });
  }
  const hash = hashOfConfig(parsed.data.config);
  if (hash !== parsed.data.configHash) {
    throw new InputError({ where, expected: `configHash ${hash}`, found: parsed.data.configHash, fix });
  }
  return parsed.data;
}

function sortKeys(value: Json): Json {
  if (Array.isArray(value)) return value.map(sortKeys);
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(
    Object.keys(value)
      .sort()
      .map((key) => [key, sortKeys(value[key])]),
  );
}

/** The package's version, and the commit where there is a git checkout (a tarball has none). */
function codeVersion(): RunRecord['code'] {
  const { version } = z
    .object({ version: z.string() })
    .parse(JSON.parse(readFileSync(projectPath('package.json'), 'utf8')));
  if (!existsSync(projectPath('.git'))) return { version };
  try {
    const run = (...args: string[]) =>
      execFileSync('git', args, { cwd: projectPath(), encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim();
    const commit = run('rev-parse', 'HEAD');
    return {
      version,
      commit: run('status', '--porcelain', '--untracked-files=no') === '' ? commit : `${commit}+changes`,
    };
  } catch {
    return { version }; // no git program, or no commit yet
  }
}
