import path from 'node:path';
import { InputError } from '../errors.js';
import type { Part } from '../runs/part.js';

/** Where schedulers say which part of an array of jobs this is, and of how many: Slurm, Kubernetes' Indexed Jobs. */
const SCHEDULERS = [
  { index: 'SLURM_ARRAY_TASK_ID', first: 'SLURM_ARRAY_TASK_MIN', count: 'SLURM_ARRAY_TASK_COUNT' },
  { index: 'JOB_COMPLETION_INDEX', count: 'JOB_COMPLETIONS' },
];

export const PART_HELP =
  'only part i (from 0) of n; auto takes both from Slurm’s array or Kubernetes’ Indexed Job, auto/n the number alone';

/**
 * `i/n`, `auto/n` (i from the scheduler), or `auto`. Kubernetes does not say how many there are: its manifest sets
 * JOB_COMPLETIONS, or the command says `auto/n`. So does an array of Slurm that is submitted again for some parts alone.
 */
export function parsePart(text: string, _?: unknown, env: NodeJS.ProcessEnv = process.env): Part {
  const [, which, count] = /^(auto|\d+)(?:\/(\d+))?$/.exec(text) ?? [];
  const job = which === 'auto' ? SCHEDULERS.find(({ index }) => env[index]) : undefined;
  // With a number of its own, the array counts from 0 as we do; else from its first.
  const first = job?.first && count === undefined ? Number(env[job.first] ?? 0) : 0;
  const index = job ? Number(env[job.index]) - first : which === 'auto' ? Number.NaN : Number(which ?? Number.NaN);
  const of = Number(count ?? (job && env[job.count]) ?? Number.NaN);
  if (Number.isInteger(index) && Number.isInteger(of) && index >= 0 && index < of) return { index, of };
  const said = SCHEDULERS.flatMap(({ index: i, count: n }) => [i, n]).map((name) => `${name}=${env[name] ?? ''}`);
  throw new InputError({
    where: '--part',
    expected: 'i/n with i from 0 to n − 1, such as 0/8; or auto or auto/n in an array of jobs',
    found: which === 'auto' ? `${text}, ${said.join(', ')}` : text,
    fix: 'give each process one of the parts',
  });
}

/** `captions.jsonl.gz` → `captions.part-2-of-8.jsonl.gz` */
export function partFile(out: string, { index, of }: Part): string {
  const [name, ...endings] = path.basename(out).split('.');
  return path.join(path.dirname(out), [name, `part-${index}-of-${of}`, ...endings].join('.'));
}
