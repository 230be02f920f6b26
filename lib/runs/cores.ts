import { readFileSync } from 'node:fs';
import os from 'node:os';
import { fromEnvironment } from './environment.js';
import { parseNumber } from './numbers.js';

/** Where Linux says how much processor time a container may take: control groups of version 2, and of version 1. */
const QUOTA_FILES = [
  ['/sys/fs/cgroup/cpu.max'],
  ['/sys/fs/cgroup/cpu/cpu.cfs_quota_us', '/sys/fs/cgroup/cpu/cpu.cfs_period_us'],
];

/**
 * Cores that this process may use: those it may run on (`taskset`, cpusets), and no more than a container's quota of
 * processor time pays for. Node 20 does not look at quotas: with `--cpus 2` on 64 cores it would say 64.
 */
export function availableCores({
  parallelism = os.availableParallelism(),
  read = (file: string) => readFileSync(file, 'utf8'),
}: {
  parallelism?: number;
  read?: (file: string) => string;
} = {}): number {
  const quotas = QUOTA_FILES.map((files) => {
    try {
      const [quota, period] = files.flatMap((file) => read(file).trim().split(/\s+/)).map(Number);
      return quota > 0 && period > 0 ? quota / period : Number.POSITIVE_INFINITY;
    } catch {
      return Number.POSITIVE_INFINITY; // no such file: no quota
    }
  });
  return Math.max(1, Math.min(parallelism, Math.floor(Math.min(...quotas))));
}

/**
 * Threads that one process computes with: SYNCLR_THREADS where it is set, else its part of the cores. Never more than
 * that part: threads that wait for a core stop all the others at every meeting point.
 * @param asked in place of SYNCLR_THREADS
 * @param processes that compute side by side
 * @throws InputError when SYNCLR_THREADS is no whole number from 1 on
 */
export function computeThreads({
  asked,
  processes = 1,
  cores = availableCores(),
}: {
  asked?: number;
  processes?: number;
  cores?: number;
} = {}): number {
  const part = Math.max(1, Math.floor(cores / processes));
  return Math.min(asked ?? threadsOfEnvironment() ?? part, part);
}

function threadsOfEnvironment(): number | undefined {
  const text = fromEnvironment('SYNCLR_THREADS');
  if (text === undefined) return undefined;
  return parseNumber(text, { where: 'SYNCLR_THREADS', rule: { whole: true, least: 1, most: 1024 } });
}
