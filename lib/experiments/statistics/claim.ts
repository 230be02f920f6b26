import type { Interval } from '../../evaluate/index.js';

/** One row of a table: a setting, with the paper's number and our trained encoders, one a seed. All in percent. */
export interface ScoredRow {
  readonly label: string;
  /** the paper's number for this row, where it prints one */
  readonly paper?: number;
  /** empty: not run */
  readonly runs: readonly SeedScore[];
}

/** One trained encoder's score on one measure, in percent. */
export interface SeedScore extends Interval {
  readonly seed: number;
  readonly value: number;
  /** where the measure is an accuracy: which test images were right, in the test set's order */
  readonly correct?: Uint8Array;
}

/** One comparison of rows: the mean of those in `higher` lies above the mean of those in `lower`. */
export interface Comparison {
  /** labels of rows */
  readonly higher: string | readonly string[];
  readonly lower: string | readonly string[];
  /** The claim is instead that the two differ by less than so many points: that it makes no difference. */
  readonly within?: number;
}

/** What the paper claims of the rows of a table, so that records can be asked whether ours say the same. */
export interface Claim {
  /** in a sentence, e.g. `Multi-crop helps more than iBOT does` */
  readonly text: string;
  readonly measure: Measure;
  /** All of them must hold. */
  readonly comparisons: readonly Comparison[];
}

/**
 * What is measured of an encoder: `probe`, linear classification of real scenes (in the place of ImageNet's); `average`, the
 * mean of the fine-grained tasks; `segmentation`, mIoU.
 */
export type Measure = 'probe' | 'average' | 'segmentation';

/** yes: every comparison's interval says so; no: one of them says the opposite; undecided: neither. */
export type Verdict = 'yes' | 'no' | 'undecided' | 'not run';
