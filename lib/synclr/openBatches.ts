import { Worker } from 'node:worker_threads';
import type { HostTensors } from '../engine/host.js';
import { InputError } from '../errors.js';
import { rng } from '../random/rng.js';
import { batchOfStep, type ImageSource, type SourceOpener } from './batches.js';
import type { EncoderConfig } from './config.js';

/** The batches of a run, one after the other. */
export interface Batches {
  /** The batch of the next step. @throws InputError for a bad image, when its step has come */
  next(): Promise<HostTensors>;
  close(): Promise<void>;
}

/** What decides a batch, beside its step. */
export interface BatchesOfRun {
  config: EncoderConfig;
  seed: number;
}

/** What a worker thread is told when it starts; then it is told steps. */
export interface BatchWorkerData extends BatchesOfRun {
  opener: SourceOpener;
}

/** What a worker thread says of a step. */
export type BatchMessage = { step: number } & (
  | { batch: HostTensors }
  | { refused: { where: string; expected: string; found: string; fix: string } }
  | { stack: string }
);

/** The random stream of a run's batches. */
export const batchStream = (seed: number) => rng(seed, 'encoder').child('data');

/**
 * Opens the batches of a run from step `from` on. With `workers`, threads prepare them ahead of time while the training
 * thread computes, and hand them over without a copy; without, they are prepared when they are asked for. A batch is a
 * function of (seed, step), so that the number of workers changes nothing but the time.
 *
 * At most `workers + 1` batches exist beside the one in use. The threads end with `close`, and with the process.
 */
export function openBatches({
  config,
  seed,
  source,
  from,
  workers = 0,
}: BatchesOfRun & { source: ImageSource; from: number; workers?: number }): Batches {
  checkWorkers(workers, source);
  if (!source.opener || workers === 0) {
    let step = from;
    const stream = batchStream(seed);
    return { next: () => batchOfStep(stream, step++, source, config), close: async () => {} };
  }
  const workerData: BatchWorkerData = { config, seed, opener: source.opener };
  const threads = Array.from({ length: workers }, () => startThread(workerData));
  const asked: Promise<HostTensors>[] = [];
  let taken = from;
  const ask = () => {
    for (let step = taken + asked.length; asked.length <= workers && step < config.steps; step++) {
      const batch = threads[step % workers].prepare(step);
      batch.catch(() => {}); // heard when its step has come
      asked.push(batch);
    }
  };
  ask();
  return {
    async next() {
      const batch = asked.shift();
      if (!batch) throw new RangeError(`a run of ${config.steps} steps has no batch ${taken}`);
      taken++;
      ask();
      return batch;
    },
    async close() {
      await Promise.all(threads.map((thread) => thread.end()));
    },
  };
}

function checkWorkers(workers: number, { opener }: ImageSource): void {
  const refuse = (expected: string, found: string, fix: string) => {
    throw new InputError({ where: 'workers', expected, found, fix });
  };
  if (!(Number.isInteger(workers) && workers >= 0))
    refuse('0, 1, 2 … worker threads', String(workers), 'give a number');
  if (workers > 0 && !opener) {
    refuse('an image source with an `opener`', 'none', 'give the source an `opener`, or take 0 workers');
  }
}

interface BatchThread {
  prepare(step: number): Promise<HostTensors>;
  end(): Promise<unknown>;
}

function startThread(workerData: BatchWorkerData): BatchThread {
  const worker = new Worker(new URL('./batchWorker.js', import.meta.url), { workerData });
  const waiting = new Map<number, { resolve: (batch: HostTensors) => void; reject: (error: unknown) => void }>();
  let broken: unknown;
  const fail = (error: unknown) => {
    broken ??= error;
    for (const { reject } of waiting.values()) reject(broken);
    waiting.clear();
  };
  worker.on('message', (message: BatchMessage) => {
    const asked = waiting.get(message.step);
    waiting.delete(message.step);
    if ('batch' in message) asked?.resolve(message.batch);
    else asked?.reject('refused' in message ? new InputError(message.refused) : new Error(message.stack));
  });
  worker.on('error', fail);
  worker.on('exit', (code) => fail(new Error(`a worker thread that prepares batches ended with exit code ${code}`)));
  return {
    prepare: (step) =>
      new Promise((resolve, reject) => {
        if (broken) return reject(broken);
        waiting.set(step, { resolve, reject });
        worker.postMessage(step);
      }),
    end: () => worker.terminate(),
  };
}
