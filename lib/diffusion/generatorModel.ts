import type { NamedTensors } from '../engine/step.js';
import type { tf } from '../engine/tf.js';
import { rng } from '../random/rng.js';
import type { HostTensors } from '../runs/hostTensor.js';
import { denoise, ditConstants, initDit, textKeysAndValues } from './dit.js';
import type { GeneratorConfig } from './generatorConfig.js';
import { encodeText, initTextEncoder, textConstants } from './textEncoder.js';

/** Fresh parameters of the text encoder and the transformer. */
export function initGenerator(config: GeneratorConfig, seed: number): HostTensors {
  return {
    ...initTextEncoder(rng(seed, 'init', 'text'), config),
    ...initDit(rng(seed, 'init', 'dit'), config),
  };
}

/** Tensors that the model uses and does not learn. */
export function generatorConstants(config: GeneratorConfig): HostTensors {
  return { ...textConstants(config), ...ditConstants(config) };
}

/** noisy [B, 3, S, S], timestep [B], ids int32 [B, L] → the guess of the clean image [B, 3, S, S]. */
export function guessImage(
  p: NamedTensors,
  { noisy, timestep, ids }: { noisy: tf.Tensor; timestep: tf.Tensor; ids: tf.Tensor },
  config: GeneratorConfig,
): tf.Tensor {
  const { tokens, pooled } = encodeText(p, ids, config);
  return denoise(p, { noisy, timestep, told: textKeysAndValues(p, tokens, config), pooled }, config);
}
