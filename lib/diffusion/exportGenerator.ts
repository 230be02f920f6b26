import path from 'node:path';
import { exportOnnx } from '../engine/exportOnnx.js';
import type { StoredWeights } from '../engine/onnx.js';
import type { Ranges } from '../engine/products.js';
import { tf } from '../engine/tf.js';
import { writeJson, writeWhole } from '../runs/files.js';
import type { HostTensors } from '../runs/hostTensor.js';
import { denoise, ditConstants, textKeysAndValues } from './dit.js';
import { velocityOf } from './flow.js';
import type { GeneratorConfig } from './generatorConfig.js';
import { encodeText, textConstants } from './textEncoder.js';
import type { TokenizerJson } from './tokenizerJson.js';

export interface ExportedGenerator {
  config: GeneratorConfig;
  /** those to sample with: the moving average */
  weights: HostTensors;
  tokenizer: TokenizerJson;
  /** images of a call */
  batch?: number;
  /** how weights are stored: in 16 bits by default, rounded to three digits */
  stored?: StoredWeights;
  /** how the transformer's products are computed (see `exportOnnx`) */
  products?: 'float32' | 'watched' | Ranges;
}

/**
 * Writes the generator as a folder in diffusers' ONNX layout, which `openPipeline` reads:
 * model_index.json, tokenizer/, text_encoder/, transformer/ and scheduler/.
 *
 * The graphs have a fixed batch; the pipeline fills up the last batch. The text encoder's states are the keys and values of
 * the words for every block of the transformer, which then need not be computed in every step. The transformer gives the
 * velocity noise − image, as FlowMatchEulerDiscreteScheduler expects.
 */
export function exportGenerator(
  folder: string,
  { config, weights, tokenizer, batch = 16, stored = 'float16', products = 'float32' }: ExportedGenerator,
): void {
  const { imageSize, maxTokens, width, depth } = config;
  const states = 2 * depth * width;
  const isText = (name: string) => name.startsWith('text.') || name.includes('.text_kv.');
  const pick = (wanted: (name: string) => boolean) =>
    Object.fromEntries(Object.entries(weights).filter(([name]) => wanted(name)));

  // What is not learnt stays in 32 bits: the frequencies of the time would lose their phase in 16.
  const fixed = (constants: HostTensors) =>
    Object.fromEntries(Object.entries(constants).map(([name, t]) => [name, tf.tensor(t.data, [...t.shape], t.dtype)]));

  const textInputs = { input_ids: { shape: [batch, maxTokens], dtype: 'int32' as const } };
  const textEncoder = exportOnnx(
    (p, { input_ids }) => {
      const { tokens, pooled } = encodeText({ ...p, ...fixed(textConstants(config)) }, input_ids, config);
      return { last_hidden_state: tf.concat(textKeysAndValues(p, tokens, config), 2), pooler_output: pooled };
    },
    { constants: pick(isText), inputs: textInputs, stored },
  );
  const imageInputs = {
    hidden_states: { shape: [batch, 3, imageSize, imageSize] },
    timestep: { shape: [batch] },
    encoder_hidden_states: { shape: [batch, maxTokens, states] },
    pooled_projections: { shape: [batch, width] },
  };
  const transformer = exportOnnx(
    (p, inputs) => {
      const guess = denoise(
        { ...p, ...fixed(ditConstants(config)) },
        {
          noisy: inputs.hidden_states,
          timestep: inputs.timestep,
          told: tf.split(inputs.encoder_hidden_states as tf.Tensor3D, depth, 2),
          pooled: inputs.pooled_projections,
        },
        config,
      );
      return { out_sample: velocityOf(inputs.hidden_states, guess, tf.mul(inputs.timestep, 1 / 1000)) };
    },
    {
      constants: pick((name) => !isText(name)),
      inputs: imageInputs,
      stored,
      products,
    },
  );

  writeWhole(path.join(folder, 'text_encoder', 'model.onnx'), textEncoder);
  writeJson(path.join(folder, 'text_encoder', 'config.json'), {
    _class_name: 'WordTextEncoder',
    inputs: textInputs,
    outputs: { last_hidden_state: [batch, maxTokens, states], pooler_output: [batch, width] },
  });
  writeWhole(path.join(folder, 'transformer', 'model.onnx'), transformer);
  writeJson(path.join(folder, 'transformer', 'config.json'), {
    _class_name: 'PixelDiT',
    ...config,
    prediction: 'velocity: noise − image',
    inputs: imageInputs,
    outputs: { out_sample: [batch, 3, imageSize, imageSize] },
  });
  writeJson(path.join(folder, 'tokenizer', 'tokenizer.json'), tokenizer);
  writeJson(path.join(folder, 'tokenizer', 'tokenizer_config.json'), {
    tokenizer_class: 'PreTrainedTokenizerFast',
    pad_token: '[PAD]',
    unk_token: '[UNK]',
    model_max_length: maxTokens,
  });
  writeJson(path.join(folder, 'scheduler', 'scheduler_config.json'), {
    _class_name: 'FlowMatchEulerDiscreteScheduler',
    num_train_timesteps: 1000,
    shift: 1,
  });
  // Last: a folder with this file is whole.
  writeJson(path.join(folder, 'model_index.json'), {
    _class_name: 'PixelTextToImagePipeline',
    scheduler: ['diffusers', 'FlowMatchEulerDiscreteScheduler'],
    text_encoder: ['synclr', 'WordTextEncoder'],
    tokenizer: ['transformers', 'PreTrainedTokenizerFast'],
    transformer: ['synclr', 'PixelDiT'],
  });
}
