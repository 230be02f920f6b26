import { hashOfConfig } from '../runs/record.js';
import type { EncoderConfig } from '../synclr/index.js';
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

/** How an encoder is judged; part of a spec, so that no two numbers of a table were measured otherwise. */
export interface ScoringConfig {
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
  /** fine-grained tasks by name, the share of their own sizes, and the λ tried */
  readonly tasks: { readonly names: readonly string[]; readonly share: number; readonly lambdas: number };
  /** a linear head on the frozen patch tokens */
  readonly segmentation: { readonly train: number; readonly test: number; readonly steps: number };
  /** of drawn scenes and resamples */
  readonly seed: number;
}

/** One trained and judged encoder, as plain data. */
export interface RunSpec {
  readonly images: ImageSpec;
  readonly encoder: EncoderConfig;
  /** of the training */
  readonly seed: number;
  readonly scoring: ScoringConfig;
}

/** A value as JSON knows it: fields that are undefined are gone. */
export function plain<T>(value: T): Parameters<typeof hashOfConfig>[0] {
  return JSON.parse(JSON.stringify(value));
}

/** What a run's record is found by. Equal specs, equal hash: a run that two experiments need is run once. */
export function hashOfSpec(spec: RunSpec): string {
  return hashOfConfig(plain(spec));
}

/** What a run's folder is named by: all that its weights follow from. `generator`: hash of the model behind the pictures. */
export function hashOfTraining({ images, encoder, seed }: RunSpec, generator: string): string {
  return hashOfConfig(plain({ images, encoder, seed, generator: isReal(images) ? undefined : generator }));
}
