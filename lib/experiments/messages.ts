import type { PlannedRun, Stage } from './run.js';

/** What the parent tells a worker process: a run to do, or to stop and keep a checkpoint. */
export type ToWorker = { readonly run: PlannedRun } | { readonly stop: true };

/** What a worker process says of the run it was told. */
export type FromWorker =
  /** steps done since the last message, and the loss */
  | { readonly steps: number; readonly loss: number }
  | { readonly stage: Stage }
  | { readonly finished: { readonly file: string; readonly summary: string } }
  | { readonly stopped: true }
  | { readonly failed: string };
