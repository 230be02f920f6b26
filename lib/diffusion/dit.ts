import type { NamedTensors } from '../engine/step.js';
import { tf } from '../engine/tf.js';
import { attendHead, joinHeads } from '../nn/attention.js';
import { initLinear, sinCosPositions, xavierUniform } from '../nn/init.js';
import { layerNorm, linear } from '../nn/layers.js';
import { foldMlp, mlp } from '../nn/mlp.js';
import type { Rng } from '../random/rng.js';
import { type HostTensors, hostTensor, zeros } from '../runs/hostTensor.js';
import type { GeneratorConfig } from './generatorConfig.js';
import { foldMatrix, fromWindows, toWindows, unfoldMatrix } from './windows.js';

/** A linear layer that starts as the constant 0: what adaLN-zero asks of its modulations and the head. */
function zeroLinear(name: string, input: number, output: number): HostTensors {
  return { [`${name}.weight`]: zeros([input, output]), [`${name}.bias`]: zeros([output]) };
}

function xavierLinear(rng: Rng, name: string, input: number, output: number): HostTensors {
  return { [`${name}.weight`]: xavierUniform(rng.child(name), [input, output]), [`${name}.bias`]: zeros([output]) };
}

/** Parameters of `denoise`: a DiT (Peebles & Xie, 2023) with text keys and values in every attention. */
export function initDit(rng: Rng, { width, depth, window, mlpRatio }: GeneratorConfig): HostTensors {
  const params: HostTensors = {
    ...xavierLinear(rng, 'x_embedder', 3 * window * window, width),
    ...initLinear(rng, 't_embedder.fc1', width, width, { std: 0.02 }),
    ...initLinear(rng, 't_embedder.fc2', width, width, { std: 0.02 }),
    ...initLinear(rng, 'pooled_embedder', width, width, { std: 0.05 }),
    ...zeroLinear('final.adaLN', width, 2 * width),
    ...zeroLinear('final.head', width, 3 * window * window),
  };
  for (let i = 0; i < depth; i++) {
    const name = `blocks.${i}`;
    Object.assign(params, {
      ...xavierLinear(rng, `${name}.attn.qkv`, width, 3 * width),
      ...xavierLinear(rng, `${name}.attn.text_kv`, width, 2 * width),
      ...xavierLinear(rng, `${name}.attn.proj`, width, width),
      ...xavierLinear(rng, `${name}.mlp.fc1`, width, mlpRatio * width),
      ...xavierLinear(rng, `${name}.mlp.fc2`, mlpRatio * width, width),
      ...zeroLinear(`${name}.adaLN`, width, 6 * width),
    });
  }
  return params;
}

/** What `denoise` needs beside the parameters. */
export function ditConstants(config: GeneratorConfig): HostTensors {
  const half = config.width / 2;
  return {
    'image.unfold': unfoldMatrix(config),
    'image.fold': foldMatrix(config),
    'image.positions': sinCosPositions(config.imageSize / config.patch, config.width),
    'time.frequencies': hostTensor(
      Float32Array.from({ length: half }, (_, i) => 10000 ** (-i / half)),
      [1, half],
    ),
  };
}

/**
 * What the blocks' attentions take from the words, one after the other: keys, then values. They do not depend on the image
 * or the time, so that a sampler needs them once.
 *
 * words: [B, L, D] → depth × [B, L, 2D].
 */
export function textKeysAndValues(p: NamedTensors, words: tf.Tensor, { depth }: GeneratorConfig): tf.Tensor3D[] {
  return Array.from({ length: depth }, (_, i) => linear(p, `${blockName(i)}.attn.text_kv`, words) as tf.Tensor3D);
}

const blockName = (i: number) => `blocks.${i}`;

/**
 * The clean image as the network guesses it from a noisy one.
 *
 * noisy: [B, 3, S, S]; timestep: [B], 0 (clean) to 1000 (noise); told: `textKeysAndValues`; pooled: [B, D] → [B, 3, S, S].
 */
export function denoise(
  p: NamedTensors,
  { noisy, timestep, told, pooled }: { noisy: tf.Tensor; timestep: tf.Tensor; told: tf.Tensor3D[]; pooled: tf.Tensor },
  config: GeneratorConfig,
): tf.Tensor {
  const condition = silu(tf.add(embedTime(p, timestep), linear(p, 'pooled_embedder', pooled)));
  const windows = toWindows(noisy, p['image.unfold'], config);
  let x = tf.add(linear(p, 'x_embedder', windows), p['image.positions']);
  told.forEach((keysAndValues, i) => {
    x = ditBlock(p, blockName(i), x, { condition, told: keysAndValues, heads: config.heads });
  });
  const [shift, scale] = modulations(p, 'final.adaLN', condition, 2);
  const drawn = linear(p, 'final.head', modulate(layerNorm({}, '', x), shift, scale));
  return fromWindows(drawn, p['image.fold'], config);
}

function silu(x: tf.Tensor): tf.Tensor {
  return tf.mul(x, tf.sigmoid(x));
}

/** Sinusoids of the timestep through a two-layer MLP: [B] → [B, D]. */
function embedTime(p: NamedTensors, timestep: tf.Tensor): tf.Tensor {
  const angles = tf.mul(tf.reshape(timestep, [timestep.shape[0], 1]), p['time.frequencies']);
  const features = tf.concat([tf.cos(angles), tf.sin(angles)], 1);
  return linear(p, 't_embedder.fc2', silu(linear(p, 't_embedder.fc1', features)));
}

/** `parts` vectors per sample from the condition: [B, D] → parts × [B, 1, D]. */
function modulations(p: NamedTensors, name: string, condition: tf.Tensor, parts: number): tf.Tensor[] {
  const all = linear(p, name, condition);
  const [batch, columns] = all.shape as [number, number];
  return tf.split(tf.reshape(all, [batch, 1, columns]), parts, 2);
}

function modulate(x: tf.Tensor, shift: tf.Tensor, scale: tf.Tensor): tf.Tensor {
  return tf.add(tf.mul(x, tf.add(scale, 1)), shift);
}

/** A transformer block whose norms are shifted, scaled and gated by the condition (adaLN-zero). */
function ditBlock(
  p: NamedTensors,
  name: string,
  x: tf.Tensor,
  { condition, told, heads }: { condition: tf.Tensor; told: tf.Tensor3D; heads: number },
): tf.Tensor {
  const [shift1, scale1, gate1, shift2, scale2, gate2] = modulations(p, `${name}.adaLN`, condition, 6);
  const mixed = jointAttention(p, `${name}.attn`, modulate(layerNorm({}, '', x), shift1, scale1), told, heads);
  const attended = tf.add(x, tf.mul(mixed, gate1));
  const changed = mlp(modulate(layerNorm({}, '', attended), shift2, scale2), foldMlp(p, `${name}.mlp`));
  return tf.add(attended, tf.mul(changed, gate2));
}

/**
 * Image tokens attend to image tokens and words in one softmax: self- and cross-attention for the price of little more
 * than the first.
 *
 * x: [B, N, D]; keysAndValues of the words: [B, L, 2D] → [B, N, D]
 */
function jointAttention(
  p: NamedTensors,
  name: string,
  x: tf.Tensor,
  keysAndValues: tf.Tensor3D,
  heads: number,
): tf.Tensor {
  const own = tf.split<tf.Tensor3D>(linear(p, `${name}.qkv`, x) as tf.Tensor3D, 3 * heads, 2);
  const told = tf.split<tf.Tensor3D>(keysAndValues, 2 * heads, 2);
  const mixed = own.slice(0, heads).map((q, h) => {
    const keys = tf.concat([own[heads + h], told[h]], 1);
    const values = tf.concat([own[2 * heads + h], told[heads + h]], 1);
    return attendHead(q, keys, values);
  });
  return linear(p, `${name}.proj`, joinHeads(mixed));
}
