import type { NamedTensors } from '../../engine/step.js';
import type { tf } from '../../engine/tf.js';
import { withoutPrefix } from '../../nn/names.js';
import type { EncoderConfig } from '../config.js';
import { type VitOptions, vit, vitClass } from '../vit.js';

/**
 * What an encoder learns from, in parts, so that a batch can be encoded at once or in chunks (`gradCache.ts`): the backbone
 * sees every image by itself, and only what follows compares images with each other.
 */
export interface Objective {
  /** Features by name. `backbone`: its parameters, as `vit` takes them (see `splitBackbone`). `inputs`: of a batch or chunk. */
  encode(backbone: NamedTensors, inputs: NamedTensors, config: EncoderConfig): NamedTensors;
  /** The teacher's features, of the same images. */
  observe?(backbone: NamedTensors, inputs: NamedTensors, config: EncoderConfig): NamedTensors;
  /** What the teacher's heads make of its features, for the whole batch; `center.*` are the next centres. */
  targets?(
    given: { teacher: NamedTensors; observed: NamedTensors; state: NamedTensors; inputs: NamedTensors },
    config: EncoderConfig,
  ): NamedTensors;
  /** The loss of the whole batch, from the student's heads; `aux`: its parts, by the names of `lossParts`. */
  loss(
    heads: NamedTensors,
    given: { features: NamedTensors; targets: NamedTensors; inputs: NamedTensors },
    config: EncoderConfig,
  ): { loss: tf.Scalar; aux: NamedTensors };
}

/** The backbone as a config runs it: all tokens, or the class token alone. */
export function backboneOf(p: NamedTensors, { model, tokensPerGroup }: EncoderConfig) {
  type Given = Pick<VitOptions, 'keep' | 'mask'>;
  return {
    tokens: (images: tf.Tensor, given: Given = {}) =>
      vit(p, images as tf.Tensor4D, { config: model, tokensPerGroup, ...given }),
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
