import { readFileSync } from 'node:fs';
import os from 'node:os';
import { availableCores } from './cores.js';

/** Processor time so far, in seconds: of all processes on the cores that this one may run on, and of this one alone. */
export interface ProcessorTime {
  readonly at: number;
  readonly all: number;
  readonly own: number;
}

/** How many cores other processes left between two looks, at least 1 and at most `cores`. */
export function freeCores(before: ProcessorTime, after: ProcessorTime, cores: number): number {
  const seconds = after.at - before.at;
  if (!(seconds > 0)) return cores;
  const others = Math.max(0, after.all - before.all - (after.own - before.own)) / seconds;
  // What a quiet system does by itself takes no core away.
  return Math.max(1, Math.min(cores, Math.floor(cores - others + 0.3)));
}

/** The present time of the processor. */
export function processorTime(): ProcessorTime {
  const { user, system } = process.cpuUsage();
  const allowed = allowedCores();
  const busy = os
    .cpus()
    .filter((_, core) => allowed?.has(core) ?? true)
    .map(({ times }) => times.user + times.nice + times.sys + times.irq);
  return {
    at: performance.now() / 1000,
    all: busy.reduce((sum, ms) => sum + ms, 0) / 1000,
    own: (user + system) / 1e6,
  };
}

/** Numbers of the cores that `taskset` or a cpuset leaves, where Linux says them: `0-3,8`. */
function allowedCores(): Set<number> | undefined {
  try {
    const [, list] = /^Cpus_allowed_list:\s*(.+)$/m.exec(readFileSync('/proc/self/status', 'utf8')) ?? [];
    if (list === undefined) return undefined;
    return new Set(
      list.split(',').flatMap((part) => {
        const [first, last = first] = part.split('-').map(Number);
        return Array.from({ length: last - first + 1 }, (_, i) => first + i);
      }),
    );
  } catch {
    return undefined;
  }
}

/**
 * Calls `take` with the number of free cores, now and whenever it has changed, until it is stopped. Threads that meet at
 * every step are as slow as the one that waits for a core: two of them beside a busy process can be ten times slower than one
 * alone. Keeps no process alive.
 */
export async function followFreeCores(
  take: (free: number) => void,
  { cores = availableCores(), look = processorTime, every = 2000, first = 200 } = {},
): Promise<() => void> {
  let before = look();
  let free: number | undefined;
  const measure = () => {
    const after = look();
    const now = freeCores(before, after, cores);
    before = after;
    if (now !== free) take(now);
    free = now;
  };
  await new Promise((resolve) => setTimeout(resolve, first));
  measure();
  const timer = setInterval(measure, every);
  timer.unref();
  return () => clearInterval(timer);
}
