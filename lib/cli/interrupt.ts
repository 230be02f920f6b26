import { Interrupted } from '../runs/cell.js';

/**
 * A signal that Ctrl-C (or SIGTERM) aborts; says how to go on. This process then ends with exit code 130, as a shell says of
 * Ctrl-C, unless another is set after. A second Ctrl-C ends it at once.
 */
export function onInterrupt(howToResume: string): AbortSignal {
  const stop = new AbortController();
  for (const name of ['SIGINT', 'SIGTERM'] as const) {
    process.once(name, () => {
      process.stderr.write(`\nstopping: ${howToResume}\n`);
      process.exitCode = 130;
      stop.abort(new Interrupted(howToResume));
    });
  }
  return stop.signal;
}
