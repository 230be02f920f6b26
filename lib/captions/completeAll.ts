import { setMaxListeners } from 'node:events';
import { stopSignal } from '../runs/cell.js';
import type { TextCompleter } from './completer.js';

/**
 * Works through a queue, as many items at once as the completer takes; each is taken from the queue when its turn
 * comes, so a lazy queue may be of any length. The first failure, or the signal, stops all; the completer is closed
 * when all have let go of it.
 */
export async function completeAll<T>({
  queue,
  open,
  work,
  signal,
}: {
  queue: IterableIterator<T>;
  open: () => Promise<TextCompleter>;
  work: (item: T, completer: TextCompleter, stop: AbortSignal) => Promise<void>;
  signal?: AbortSignal;
}): Promise<void> {
  const given = stopSignal(signal);
  given?.throwIfAborted();
  const completer = await open();
  const failure = new AbortController();
  const stop = given ? AbortSignal.any([given, failure.signal]) : failure.signal;
  setMaxListeners(0, stop); // one for each request
  const worker = async (): Promise<void> => {
    for (const item of queue) {
      stop.throwIfAborted();
      await work(item, completer, stop);
    }
  };
  try {
    const workers = Array.from({ length: completer.parallel }, worker);
    for (const one of workers) one.catch((reason: unknown) => failure.abort(reason));
    const ends = await Promise.allSettled(workers);
    // What stopped first, not what a worker made of being stopped.
    if (ends.some(({ status }) => status === 'rejected')) stop.throwIfAborted();
  } finally {
    await completer.close();
  }
}
