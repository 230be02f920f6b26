import type { NamedTensors } from '../engine/step.js';
import { tf } from '../engine/tf.js';
import { foldBlock, transformerBlock } from '../nn/block.js';
import { initBlock, initLayerNorm, truncatedNormal } from '../nn/init.js';
import { layerNorm } from '../nn/layers.js';
import type { Rng } from '../random/rng.js';
import { type HostTensors, hostTensor } from '../runs/hostTensor.js';
import type { GeneratorConfig } from './generatorConfig.js';

/** Word embeddings start with this standard deviation: much smaller ones are learnt too slowly. */
const EMBEDDING_STD = 0.3;

/** Parameters of `encodeText`, all below `text.`. */
export function initTextEncoder(rng: Rng, config: GeneratorConfig): HostTensors {
  const { width, maxTokens, vocabularySize, textDepth } = config;
  const params: HostTensors = {
    'text.word_embedding.weight': truncatedNormal(rng.child('word'), [vocabularySize, width], { std: EMBEDDING_STD }),
    'text.position_embedding.weight': truncatedNormal(rng.child('position'), [maxTokens, width], { std: 0.02 }),
    'text.pool.weight': truncatedNormal(rng.child('pool'), [width, 1], { std: 0.02 }),
    ...initLayerNorm('text.norm', width),
  };
  for (let i = 0; i < textDepth; i++) Object.assign(params, initBlock(rng, `text.blocks.${i}`, { width }));
  return params;
}

/** What `encodeText` needs beside the parameters: the ids of the vocabulary, to compare tokens with. */
export function textConstants({ vocabularySize }: GeneratorConfig): HostTensors {
  return {
    'text.vocabulary': hostTensor(
      Int32Array.from({ length: vocabularySize }, (_, i) => i),
      [vocabularySize],
    ),
  };
}

/**
 * A prompt as vectors: one per word, and one for the whole, a mean over the words with learnt weights.
 *
 * Words are looked up as one-hot × matrix: its gradient is a matrix product too, where that of a gather is a scatter. The
 * empty prompt is all padding (token 0), which is an ordinary word here.
 *
 * ids: int32 [B, L] → tokens [B, L, D], pooled [B, D]
 */
export function encodeText(
  p: NamedTensors,
  ids: tf.Tensor,
  config: GeneratorConfig,
): { tokens: tf.Tensor; pooled: tf.Tensor } {
  const [batch, length] = ids.shape as [number, number];
  const flat = tf.reshape(ids, [batch * length, 1]);
  const oneHot = tf.cast(tf.equal(flat, p['text.vocabulary']), 'float32') as tf.Tensor2D;
  const words = tf.matMul(oneHot, p['text.word_embedding.weight'] as tf.Tensor2D);
  const embedded = tf.reshape(words, [batch, length, config.width]);

  let x = tf.add(embedded, p['text.position_embedding.weight']);
  for (let i = 0; i < config.textDepth; i++) {
    x = transformerBlock(foldBlock(p, `text.blocks.${i}`), x, { heads: config.heads });
  }
  const tokens = layerNorm(p, 'text.norm', x);

  const scores = tf.reshape(tf.matMul(words, p['text.pool.weight'] as tf.Tensor2D), [batch, length]);
  const padding = tf.cast(tf.equal(ids, tf.zerosLike(ids)), 'float32');
  // A prompt of padding only gets equal weights: −10⁹ swallows the scores.
  const weights = tf.softmax(tf.add(scores, tf.mul(padding, -1e9)), -1);
  const pooled = tf.reshape(tf.matMul(tf.reshape(weights, [batch, 1, length]), embedded), [batch, config.width]);
  return { tokens, pooled };
}
