import { parentPort, workerData } from 'node:worker_threads';
import { buffersOf, type ItemMessage, type ItemRequest, type MakeItem, type Opener, openBy } from './orderedWorkers.js';
import { systemProblem } from './systemProblem.js';

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
  const problem = systemProblem(error);
  if (!problem) return { stack: (error as Error)?.stack ?? String(error) };
  const { where, expected, found, fix } = problem;
  return { refused: { where, expected, found, fix } };
}

let opened: Promise<MakeItem<unknown>> | undefined;
let last = Promise.resolve();
parentPort?.on('message', (request: ItemRequest) => {
  last = last.then(() => answer(request));
});
