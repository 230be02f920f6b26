import { parentPort, workerData } from 'node:worker_threads';
import { InputError } from '../errors.js';
import { batchOfStep, type ImageSource } from './batches.js';
import { type BatchMessage, type BatchWorkerData, batchStream } from './openBatches.js';

// The program of a worker thread: it is told steps, and answers with their batches, one after the other.
const { config, seed, opener } = workerData as BatchWorkerData;
const stream = batchStream(seed);

const open = async (): Promise<ImageSource> => {
  const exported = (await import(opener.module))[opener.name];
  return exported(opener.options);
};

async function prepare(step: number): Promise<void> {
  try {
    opened ??= open();
    const batch = await batchOfStep(stream, step, await opened, config);
    parentPort?.postMessage(
      { step, batch } satisfies BatchMessage,
      Object.values(batch).map(({ data }) => data.buffer as ArrayBuffer),
    );
  } catch (error) {
    parentPort?.postMessage({ step, ...explain(error) } satisfies BatchMessage);
  }
}

function explain(
  error: unknown,
): { refused: { where: string; expected: string; found: string; fix: string } } | { stack: string } {
  if (!(error instanceof InputError)) return { stack: (error as Error)?.stack ?? String(error) };
  const { where, expected, found, fix } = error;
  return { refused: { where, expected, found, fix } };
}

let opened: Promise<ImageSource> | undefined;
let last = Promise.resolve();
parentPort?.on('message', (step: number) => {
  last = last.then(() => prepare(step));
});
