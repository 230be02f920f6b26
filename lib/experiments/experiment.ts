import type { EncoderConfig } from '../synclr/config.js';
import { type ExperimentSettings, type Trainers, trainersOf } from './settings.js';
import type { ImageSpec, RunSpec } from './spec.js';

/**
 * What rows are compared by, each a share in 0 … 1.
 * `probe`: classification of real scenes, in the place of ImageNet; the drawings are those of the classifier's training, as
 * photographs of ImageNet's two splits come from one source.
 * `unseen`: the same classifier on each concept's third drawing, by a family of its own, which nobody has seen.
 * `kinds`: the same pictures, sorted into the world's twenty categories: the kind of a thing, not the thing.
 * `unnamed`: as `probe`, of the concepts that no caption and no label of a training names.
 * `average`: mean of the nine fine-grained tasks.
 * `segmentation`: mIoU of a linear head, in the place of ADE20k.
 */
export const METRICS = ['probe', 'unseen', 'kinds', 'unnamed', 'average', 'segmentation'] as const;
export type Metric = (typeof METRICS)[number];

/** Something that the paper's numbers show, in a form that ours can agree or disagree with. */
export interface Claim {
  readonly says: string;
  readonly metric: Metric;
  /** Labels of rows, from the best to the worst. */
  readonly order: readonly string[];
  /** The claim is only that the first of them is better than each of the others. */
  readonly best?: true;
  /** The claim is instead that these rows differ by less than so many points: that it makes no difference. */
  readonly within?: number;
}

/** What is asked of the number of seeds and of test images: that a difference of so many points is decided. */
export interface Power {
  /** seeds of training a row */
  readonly seeds: number;
  /** the difference, in points, whose 95 % interval must not reach zero, by metric; metrics without one decide nothing here */
  readonly resolves: Readonly<Partial<Record<Metric, number>>>;
}

/** One line of a table, or one point of a curve. */
export interface ExperimentRow {
  readonly label: string;
  /** where the row is a point: the curve's name, and the place on the x axis */
  readonly curve?: { readonly name: string; readonly x: number };
  /** the paper's numbers, in percent; empty where it has none */
  readonly paper: Readonly<Partial<Record<Metric, number>>>;
  readonly images: ImageSpec;
  readonly encoder: EncoderConfig;
}

/** A table or figure of the paper in miniature. */
export interface Experiment {
  readonly id: string;
  /** where it is in the paper */
  readonly artefact: string;
  readonly question: string;
  readonly metrics: readonly Metric[];
  /** What its runs must be able to tell, said before they are run; see `powerOf`. */
  readonly power: Power;
  readonly claims: readonly Claim[];
  /** ids of experiments that ask why ours may come out otherwise */
  readonly explainedBy?: readonly string[];
  rows(settings: ExperimentSettings, trainers: Trainers): ExperimentRow[];
}

/** The rows of an experiment at the size of a tier. */
export function rowsOf(experiment: Experiment, settings: ExperimentSettings): ExperimentRow[] {
  return experiment.rows(settings, trainersOf(settings));
}

/** A row with the training seed: a run. */
export function specOf({ images, encoder }: ExperimentRow, seed: number, { scoring }: ExperimentSettings): RunSpec {
  return { images, encoder, seed, scoring };
}
