import { rng } from '../random/rng.js';
import type { HostTensors } from '../runs/hostTensor.js';
import { type MakeItem, type OrderedItems, openBy, prepareInOrder } from '../runs/orderedWorkers.js';
import { batchOfStep } from './batches.js';
import type { EncoderConfig } from './config.js';
import type { ImageSource, SourceOpener } from './imageSource.js';
import type { HostShare } from './spread.js';

/** The batches of a run, one after the other. */
export type Batches = OrderedItems<HostTensors>;

/** What decides a batch, beside its step. */
export interface BatchesOfRun {
  config: EncoderConfig;
  seed: number;
  /** which host's; all rows by default */
  host?: HostShare;
}

/**
 * Opens the batches of a run from step `from` on; `workers` threads prepare them ahead of time, see `prepareInOrder`.
 * A batch is a function of (seed, step).
 */
export function openBatches({
  config,
  seed,
  host,
  source,
  from,
  workers,
}: BatchesOfRun & { source: ImageSource; from: number; workers?: number }): Batches {
  const { opener } = source;
  return prepareInOrder({
    open: () => makeBatches({ config, seed, host }, source),
    opener: opener && { module: import.meta.url, name: 'openBatchMaker', options: { config, seed, host, opener } },
    from,
    until: config.steps,
    workers,
  });
}

/** What a worker thread opens to prepare batches. */
export async function openBatchMaker({
  opener,
  ...run
}: BatchesOfRun & { opener: SourceOpener }): Promise<MakeItem<HostTensors>> {
  return makeBatches(run, await openBy(opener));
}

function makeBatches({ config, seed, host }: BatchesOfRun, source: ImageSource): MakeItem<HostTensors> {
  const stream = rng(seed, 'encoder').child('data');
  return (step, spare) => batchOfStep(stream, step, source, config, spare, host);
}
