import type { NamedTensors } from '../engine/step.js';
import { tf } from '../engine/tf.js';
import { InputError } from '../errors.js';
import { foldBlock, transformerBlock } from '../nn/block.js';
import { initLayerNorm, initLinear, truncatedNormal } from '../nn/init.js';
import { layerNorm } from '../nn/layers.js';
import type { Rng } from '../random/rng.js';
import type { HostTensors } from '../runs/hostTensor.js';

/** CLIP's text transformer (arXiv 2103.00020, §2.4): causal, with learned positions. */
export interface TextConfig {
  /** tokens of a text, its end included; shorter texts are filled up */
  context: number;
  /** number of tokens known; the last of them ends a text, as in CLIP */
  vocabulary: number;
  width: number;
  depth: number;
  heads: number;
}

/** CLIP's text tower, which StableRep+ has too (spec §6), and the sizes we train on a laptop. */
export const textConfigs = {
  paper: { context: 77, vocabulary: 49_408, width: 512, depth: 12, heads: 8 },
  /** The captions of the laptop tier hold about eleven words, from a vocabulary made for them. */
  tiny: { context: 24, vocabulary: 1024, width: 128, depth: 4, heads: 2 },
  toy: { context: 8, vocabulary: 16, width: 16, depth: 1, heads: 2 },
} as const satisfies Record<string, TextConfig>;

/** Fresh parameters, with the standard deviations of CLIP's code: those of the blocks shrink with width and depth. */
export function initTextTower(rng: Rng, config: TextConfig): HostTensors {
  checkTextConfig(config);
  const { context, vocabulary, width, depth } = config;
  const inner = width ** -0.5;
  const outer = inner * (2 * depth) ** -0.5;
  const params: HostTensors = {
    'word_embedding.weight': truncatedNormal(rng.child('word_embedding'), [vocabulary, width], { std: 0.02 }),
    'position_embedding.weight': truncatedNormal(rng.child('position_embedding'), [context, width], { std: 0.01 }),
  };
  for (let i = 0; i < depth; i++) {
    const block = `blocks.${i}`;
    Object.assign(params, {
      ...initLayerNorm(`${block}.norm1`, width),
      ...initLinear(rng, `${block}.attn.qkv`, width, 3 * width, { std: inner }),
      ...initLinear(rng, `${block}.attn.proj`, width, width, { std: outer }),
      ...initLayerNorm(`${block}.norm2`, width),
      ...initLinear(rng, `${block}.mlp.fc1`, width, 4 * width, { std: (2 * width) ** -0.5 }),
      ...initLinear(rng, `${block}.mlp.fc2`, 4 * width, width, { std: outer }),
    });
  }
  return { ...params, ...initLayerNorm('norm', width) };
}

/**
 * Texts as vectors: the last block's output at the token that ends a text, after the last LayerNorm. What follows that token
 * has no part in it. GELU and an eps of 1e-6, as in the image tower (CLIP's code: x·σ(1.702x) and 1e-5).
 *
 * ids: int32 [B, context], each with the last token of the vocabulary somewhere → [B, width]
 */
export function textTower(p: NamedTensors, ids: tf.Tensor2D, config: TextConfig): tf.Tensor2D {
  const { context, vocabulary, width, depth, heads } = config;
  const words = tf.gather(p['word_embedding.weight'] as tf.Tensor2D, tf.reshape(ids, [-1]) as tf.Tensor1D);
  let x: tf.Tensor = tf.add(tf.reshape(words, [-1, context, width]), p['position_embedding.weight']);
  for (let i = 0; i < depth; i++) x = transformerBlock(foldBlock(p, `blocks.${i}`), x, { heads, causal: true });
  // Tokenizers that fill up with the end token have several: the first counts.
  const ends = tf.argMax(tf.cast(tf.equal(ids, vocabulary - 1), 'float32'), 1);
  const chosen = tf.reshape(tf.oneHot(ends, context), [-1, 1, context]);
  const pooled = tf.matMul(tf.cast(chosen, 'float32') as tf.Tensor3D, x as tf.Tensor3D);
  return layerNorm(p, 'norm', tf.reshape(pooled, [-1, width])) as tf.Tensor2D;
}

/** Checks the token ids of one text. @throws InputError where they do not fit the tower */
export function checkTokens(ids: Int32Array, { context, vocabulary }: TextConfig, where: string): void {
  const unknown = ids.find((id) => id < 0 || id >= vocabulary);
  const found =
    ids.length !== context
      ? `${ids.length} tokens`
      : unknown !== undefined
        ? `the token ${unknown}`
        : ids.includes(vocabulary - 1)
          ? null
          : 'no token that ends the text';
  if (found === null) return;
  throw new InputError({
    where,
    expected: `${context} tokens in 0 … ${vocabulary - 1}, of which the last ends a text`,
    found,
    fix: 'use the tokenizer that the text tower was made for, with its `context` as the length',
  });
}

function checkTextConfig({ width, heads, context, vocabulary }: TextConfig): void {
  if (width % heads === 0 && context >= 2 && vocabulary >= 2) return;
  throw new InputError({
    where: 'TextConfig',
    expected: 'width = k·heads, at least two tokens a text and two in the vocabulary',
    found: `width ${width}, ${heads} heads, ${context} tokens a text, ${vocabulary} in the vocabulary`,
    fix: 'start from one of `textConfigs`',
  });
}
