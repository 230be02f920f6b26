import { parentPort, workerData } from 'node:worker_threads';
import { InputError } from '../errors.js';
import { type ItemMessage, type MakeItem, type Opener, openBy } from './orderedWorkers.js';

// The program of a worker thread: it is told steps, and answers with their items, one after the other.
async function answer(step: number): Promise<void> {
  try {
    opened ??= openBy(workerData as Opener);
    const item = await (await opened)(step);
    parentPort?.postMessage({ step, item } satisfies ItemMessage, [...buffersOf(item)]);
  } catch (error) {
    parentPort?.postMessage({ step, ...explain(error) } satisfies ItemMessage);
  }
}

/** The buffers of all typed arrays in an item of plain data. */
function buffersOf(value: unknown, found = new Set<ArrayBuffer>()): Set<ArrayBuffer> {
  if (ArrayBuffer.isView(value)) found.add(value.buffer as ArrayBuffer);
  else if (typeof value === 'object' && value !== null) for (const part of Object.values(value)) buffersOf(part, found);
  return found;
}

function explain(
  error: unknown,
): { refused: { where: string; expected: string; found: string; fix: string } } | { stack: string } {
  if (!(error instanceof InputError)) return { stack: (error as Error)?.stack ?? String(error) };
  const { where, expected, found, fix } = error;
  return { refused: { where, expected, found, fix } };
}

let opened: Promise<MakeItem<unknown>> | undefined;
let last = Promise.resolve();
parentPort?.on('message', (step: number) => {
  last = last.then(() => answer(step));
});
