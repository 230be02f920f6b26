import { parentPort, workerData } from 'node:worker_threads';
import { InputError } from '../errors.js';
import { buffersOf, type ItemMessage, type ItemRequest, type MakeItem, type Opener, openBy } from './orderedWorkers.js';

// The program of a worker thread: it is told steps, and answers with their items, one after the other.
async function answer({ step, spare }: ItemRequest): Promise<void> {
  try {
    opened ??= openBy(workerData as Opener);
    const item = await (await opened)(step, spare);
    parentPort?.postMessage({ step, item } satisfies ItemMessage, [...buffersOf(item)]);
  } catch (error) {
    parentPort?.postMessage({ step, ...explain(error) } satisfies ItemMessage);
  }
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
parentPort?.on('message', (request: ItemRequest) => {
  last = last.then(() => answer(request));
});
