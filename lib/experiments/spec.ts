import type { SplitSizes } from '../evaluate/tasks/task.js';
import { hashOfConfig } from '../runs/record.js';
import type { EncoderConfig } from '../synclr/config.js';
import type { RealImages } from '../tiers/world/realSource.js';
import type { CaptionSourceName } from './captionSources.js';

/** Pictures that the tier's generator makes of captions. Sets that differ in the counts alone are cuts of one another. */
export interface GeneratedImages {
  readonly captions: CaptionSourceName;
  /** how many captions: the first of the source's order */
  readonly count: number;
  /** the first so many pictures of each */
  readonly imagesPerCaption: number;
  /** classifier-free guidance */
  readonly guidance: number;
  /** denoising steps */
  readonly steps: number;
  /** captions are about the first so many concepts of the world */
  readonly concepts: number;
  /** of the noises */
  readonly seed: number;
}

export type ImageSpec = GeneratedImages | RealImages;

export const isReal = (images: ImageSpec): images is RealImages => 'real' in images;

/** How encoders are judged. Each metric counts only as it is asked for here: see `measureOf`. */
export interface ScoringConfig {
  /** the named concepts: captions are about them, and most questions too */
  readonly concepts: number;
  /** side of the pictures */
  readonly size: number;
  /** classifications of real scenes, numbers of them: the miniature's ImageNet; see `scoreEncoder` */
  readonly probe: {
    readonly train: number;
    readonly validation: number;
    readonly test: number;
    readonly unseen: number;
    readonly lambdas: number;
  };
  /** the same of all other concepts of the world, which no caption and no label of a training names */
  readonly unnamed?: SplitSizes & { readonly concepts: number; readonly lambdas: number };
  /**
   * Fine-grained tasks by name, frozen here as data, so that a new task changes no old spec. With `share`, that part of each
   * task's own sizes, tested on unseen drawings: how the first records were judged.
   */
  readonly tasks: { readonly names: readonly string[]; readonly lambdas: number } & (
    | SplitSizes
    | { readonly share: number }
  );
  /** a linear head on the frozen patch tokens */
  readonly segmentation: { readonly train: number; readonly test: number; readonly steps: number };
  /** of drawn scenes and resamples */
  readonly seed: number;
}

/** One trained encoder, as plain data. */
export interface Training {
  readonly images: ImageSpec;
  readonly encoder: EncoderConfig;
  /** of the training */
  readonly seed: number;
}

/** One trained encoder, and how it is judged. */
export interface RunSpec extends Training {
  readonly scoring: ScoringConfig;
}

/**
 * What a run's record is found by: the training alone. Equal trainings, equal hash: a run that two experiments need is run
 * once, and a new measure leaves the records of old ones where they are.
 */
export function hashOfRun({ images, encoder, seed }: Training): string {
  return hashOfConfig({ images, encoder, seed });
}

/** What a run's folder is named by: all that its weights follow from. `generator`: hash of the model behind the pictures. */
export function hashOfTraining({ images, encoder, seed }: Training, generator: string): string {
  return hashOfConfig({ images, encoder, seed, generator: isReal(images) ? undefined : generator });
}
