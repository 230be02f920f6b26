import type { Measured } from '../../runs/measured.js';

/** One row of a table on one metric: the paper's number and our trained encoders, one a seed. All in percent. */
export interface ScoredRow {
  readonly label: string;
  /** the paper's number for this row, where it prints one */
  readonly paper?: number;
  /** empty: not run */
  readonly runs: readonly SeedScore[];
}

/** One trained encoder's score on one metric, in percent, with the 95 % interval of its test images. */
export interface SeedScore extends Measured {
  readonly seed: number;
  /** where the metric is an accuracy: which test images were right, in the test set's order */
  readonly correct?: Uint8Array;
  /** `correct` is of so many test sets, equally large, one after another; 1 by default */
  readonly strata?: number;
  /** file name of the run record that this was read from */
  readonly record?: string;
}

/** Mean over the row's seeds. */
export function meanOfRuns({ runs }: ScoredRow): number {
  return runs.reduce((sum, { value }) => sum + value, 0) / runs.length;
}
