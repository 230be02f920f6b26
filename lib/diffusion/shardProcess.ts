import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { ModelProvider } from '../engine/providers.js';
import { InputError } from '../errors.js';
import { withAllocator } from '../runs/allocator.js';
import { computeThreads } from '../runs/cores.js';
import type { ShardRecord } from './imageSetFormat.js';
import type { TextToImage } from './textToImage.js';

/** What a worker process is told when it starts; all else it reads in the folder of the set. */
export interface ShardProcessSettings {
  /** the model's folder */
  model: string;
  provider: ModelProvider;
  batch: number;
  sampler: TextToImage['sampler'];
  /** the folder of the set */
  out: string;
}

/** What a worker process says. */
export type ShardProcessMessage =
  | { made: number }
  | { record: ShardRecord }
  | { failed: { where: string; expected: string; found: string; fix: string } | { stack: string } };

/**
 * A process that makes shards of the set in `out` with a pipeline of its own. It ends with `close`, and with this process
 * however that ends. The workers share the processor; SYNCLR_THREADS may give each fewer threads than its share.
 */
export function forkShardMaker({
  pipeline,
  out,
  workers,
  onMade,
  signal,
}: {
  pipeline: TextToImage;
  out: string;
  /** how many share the processor */
  workers: number;
  onMade: (images: number) => void;
  signal: AbortSignal;
}): ShardMaker {
  const { folder: model, provider, batch, sampler } = pipeline;
  const settings: ShardProcessSettings = { model, provider, batch, sampler, out };
  const threads = computeThreads({ processes: workers });
  const child = fork(fileURLToPath(new URL('./shardWorker.js', import.meta.url)), [JSON.stringify(settings)], {
    env: withAllocator({ ...process.env, SYNCLR_THREADS: String(threads) }),
    execArgv: [],
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  let answer: { resolve: (record: ShardRecord) => void; reject: (error: unknown) => void } | undefined;
  child.on('message', (message: ShardProcessMessage) => {
    if ('made' in message) onMade(message.made);
    else if ('record' in message) answer?.resolve(message.record);
    else answer?.reject('where' in message.failed ? new InputError(message.failed) : new Error(message.failed.stack));
  });
  child.on('error', (error) => answer?.reject(error));
  child.on('exit', (code, killedBy) => {
    answer?.reject(new Error(`a worker process ended (${killedBy ?? `exit code ${code}`}); run again to go on`));
  });
  signal.addEventListener('abort', () => {
    answer?.reject(signal.reason);
    child.kill();
  });
  return {
    make: (index) =>
      new Promise((resolve, reject) => {
        answer = { resolve, reject };
        child.send(index, (error) => error && reject(error));
      }),
    close: () => void child.kill(),
  };
}

/** Makes shards, one at a time. */
export interface ShardMaker {
  make(index: number): Promise<ShardRecord>;
  close(): void;
}
