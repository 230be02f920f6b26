import os from 'node:os';
import { Interrupted } from '../runs/cell.js';

/** Ctrl-C, the end of a job, and the warning before it that Slurm can be told to send. Windows has no SIGUSR1. */
const STOPS = (['SIGINT', 'SIGTERM', 'SIGUSR1'] as const).filter((name) => name in os.constants.signals);
/** Schedulers send a signal to every process of a job, and those that have children pass it on: it may come twice. */
const ECHO_MS = 2000;

/**
 * A signal that Ctrl-C (or SIGTERM, or SIGUSR1) aborts; says how to go on. This process then ends with exit code 130, as a
 * shell says of Ctrl-C, unless another is set after. A second Ctrl-C ends it at once.
 */
export function onInterrupt(howToResume: string): AbortSignal {
  const stop = new AbortController();
  const hear = () => {
    if (stop.signal.aborted) return;
    process.stderr.write(`\nstopping: ${howToResume}\n`);
    process.exitCode = 130;
    stop.abort(new Interrupted(howToResume));
    setTimeout(() => {
      for (const name of STOPS) process.off(name, hear);
    }, ECHO_MS).unref();
  };
  for (const name of STOPS) process.on(name, hear);
  return stop.signal;
}
