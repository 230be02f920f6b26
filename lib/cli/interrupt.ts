/** A signal that Ctrl-C (or SIGTERM) aborts; says how to go on. A second Ctrl-C ends the process at once. */
export function onInterrupt(howToResume: string): AbortSignal {
  const stop = new AbortController();
  for (const name of ['SIGINT', 'SIGTERM'] as const) {
    process.once(name, () => {
      process.stderr.write(`\nstopping: ${howToResume}\n`);
      stop.abort(new Error(`stopped: ${howToResume}`));
    });
  }
  return stop.signal;
}
