import { rng } from '../random/rng.js';
import type { HostTensors } from '../runs/hostTensor.js';
import { type MakeItem, type OrderedItems, openBy, prepareInOrder } from '../runs/orderedWorkers.js';
import { batchOfStep } from './batches.js';
import type { EncoderConfig } from './config.js';
import type { CropsAt } from './crops.js';
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
  /** on the host by default */
  cropsAt?: CropsAt;
}

/**
 * Opens the batches of a run from step `from` on; `workers` threads prepare them ahead of time, see `prepareInOrder`.
 * A batch is a function of (seed, step).
 */
export function openBatches({
  source,
  from,
  workers,
  ...run
}: BatchesOfRun & { source: ImageSource; from: number; workers?: number }): Batches {
  const { opener } = source;
  return prepareInOrder({
    open: () => makeBatches(run, source),
    opener: opener && { module: import.meta.url, name: 'openBatchMaker', options: { ...run, opener } },
    from,
    until: run.config.steps,
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

function makeBatches({ config, seed, ...how }: BatchesOfRun, source: ImageSource): MakeItem<HostTensors> {
  const stream = rng(seed, 'encoder').child('data');
  return (step, spare) => batchOfStep(stream, step, source, config, { ...how, spare });
}
