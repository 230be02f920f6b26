import type { NamedTensors } from '../../engine/step.js';
import { tf } from '../../engine/tf.js';
import { withoutPrefix } from '../../nn/names.js';
import type { Rng } from '../../random/rng.js';
import type { HostTensors } from '../../runs/hostTensor.js';
import type { EncoderConfig } from '../config.js';
import type { BatchRow, ImageSource } from '../imageSource.js';
import { type VitOptions, vitChosen, vitClass } from '../vit.js';

/**
 * What an encoder learns from, in parts, so that a batch can be encoded at once or in chunks (`gradCache.ts`): the backbone
 * sees every image by itself, and only what follows compares images with each other.
 */
export interface Objective {
  /** crops taken of each image; the second ones of all images follow the first ones in a batch */
  cropsPerImage: 1 | 2;
  /** a moving average of the student, without predictor and mask token, that the student learns from */
  hasTeacher: boolean;
  /** reads the captions, with a text tower */
  readsCaptions?: true;
  /** names of the losses it reports beside their sum */
  parts(config: EncoderConfig): string[];
  /** what the student has beside the backbone; each parameter draws from a stream of its name */
  init(rng: Rng, config: EncoderConfig): HostTensors;
  /** the label of each image of a batch; by default its caption's place */
  labels?(rows: readonly BatchRow[], source: ImageSource, config: EncoderConfig): number[];
  /** what in a config does not go with it, in words */
  problems(config: EncoderConfig): string[];
  /** Features by name. `backbone`: its parameters, as `vit` takes them (see `splitBackbone`). `inputs`: of a batch or chunk. */
  encode(backbone: NamedTensors, inputs: NamedTensors, config: EncoderConfig): NamedTensors;
  /** The teacher's features, of the same images. */
  observe?(backbone: NamedTensors, inputs: NamedTensors, config: EncoderConfig): NamedTensors;
  /** What the teacher's heads make of its features, for the whole batch; `center.*` are the next centres. */
  targets?(
    given: { teacher: NamedTensors; observed: NamedTensors; state: NamedTensors; inputs: NamedTensors },
    config: EncoderConfig,
  ): NamedTensors;
  /** The loss of the whole batch, from the student's heads; `aux`: its parts, by the names of `parts`. */
  loss(
    heads: NamedTensors,
    given: { features: NamedTensors; targets: NamedTensors; inputs: NamedTensors },
    config: EncoderConfig,
  ): { loss: tf.Scalar; aux: NamedTensors };
}

/** `Objective.encode` of those that need the class token alone: `cls` [N, D]. */
export const classTokens: Objective['encode'] = (backbone, { crops, keep }, config) => ({
  cls: backboneOf(backbone, config).cls(crops, { keep }),
});

/** The rows of the first crops and those of the second, of the same images. [2N, D] → twice [N, D] */
export function cropPairs(rows: tf.Tensor2D): [first: tf.Tensor2D, second: tf.Tensor2D] {
  const [both, width] = rows.shape;
  return [tf.slice(rows, [0, 0], [both / 2, width]), tf.slice(rows, [both / 2, 0], [both / 2, width])];
}

/** Two problems of losses that compare images: nothing to draw together, nothing to push apart. */
export const withoutPositives = ({ imagesPerCaption }: EncoderConfig): string[] =>
  imagesPerCaption < 2 ? ['one image a caption: no image has a positive'] : [];
export const withoutNegatives = ({ captions, imagesPerCaption }: EncoderConfig): string[] =>
  captions * imagesPerCaption < 2 ? ['a batch without negatives'] : [];

/** The backbone as a config runs it: the class token alone, or with chosen patch tokens. */
export function backboneOf(p: NamedTensors, { model, tokensPerGroup }: EncoderConfig) {
  type Given = Pick<VitOptions, 'keep' | 'mask'>;
  return {
    chosen: (images: tf.Tensor, chosen: tf.Tensor3D, given: Given = {}) =>
      vitChosen(p, images as tf.Tensor4D, chosen, { config: model, tokensPerGroup, ...given }),
    cls: (images: tf.Tensor, given: Given = {}) =>
      vitClass(p, images as tf.Tensor4D, { config: model, tokensPerGroup, ...given }),
  };
}

/**
 * What `encode` reads, and all other parameters. The backbone's lose their prefix; those of a text tower, `text.*`, keep
 * theirs: it encodes captions one by one, as the backbone does images.
 */
export function splitBackbone<T>(params: Record<string, T>): [encoder: Record<string, T>, heads: Record<string, T>] {
  const text = Object.entries(params).filter(([name]) => name.startsWith('text.'));
  const heads = Object.entries(params).filter(([name]) => !/^(backbone|text)\./.test(name));
  return [{ ...withoutPrefix(params, 'backbone.'), ...Object.fromEntries(text) }, Object.fromEntries(heads)];
}

/** The parameters as they were before `splitBackbone`. */
export function joinBackbone<T>(encoder: Record<string, T>, heads: Record<string, T>): Record<string, T> {
  const named = Object.entries(encoder).map(([name, value]) => [
    name.startsWith('text.') ? name : `backbone.${name}`,
    value,
  ]);
  return { ...Object.fromEntries(named), ...heads };
}
