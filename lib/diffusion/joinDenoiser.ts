import { hostTensor } from '../runs/hostTensor.js';
import type { Denoiser } from './denoiser.js';
import type { OnnxModel } from './onnxModel.js';
import { encodeBatch, type PromptTokenizer } from './tokenizer.js';

export interface DenoiserParts {
  network: OnnxModel;
  textEncoder: OnnxModel;
  /** what makes pictures of samples, and their side in pixels */
  decoder: { models: readonly OnnxModel[]; size: number; decode(samples: Float32Array): Promise<Float32Array> };
  tokenizer: PromptTokenizer;
  batch: number;
  batchIsFixed: boolean;
  /** what is denoised, and what the network calls it */
  sample: { name: string; channels: number; side: number };
  /** sees all outputs of the network, call by call */
  watch?: (outputs: Readonly<Record<string, Float32Array>>) => void;
}

/** The shape that a model declares for one of its inputs; [] where it has none of that name. */
export const shapeOf = (model: OnnxModel, port: string): readonly (number | undefined)[] =>
  model.inputs.find((input) => input.name === port)?.shape ?? [];

/** Opened networks joined to what sampling uses: the same in Node and in a browser. */
export function joinDenoiser(parts: DenoiserParts): Denoiser {
  const { network, textEncoder, decoder, tokenizer, batch, batchIsFixed, watch } = parts;
  const { name, channels, side } = parts.sample;
  const sampleCount = channels * side * side;
  const timeShape = shapeOf(network, 'timestep').map((n) => n ?? 1);
  const isPooled = network.inputs.some((port) => port.name === 'pooled_projections');
  return {
    models: [network, textEncoder, ...decoder.models],
    batch,
    batchIsFixed,
    sampleCount,
    size: decoder.size,
    tokenizer,
    async encode(texts) {
      const { last_hidden_state: states, pooler_output: pool } = await textEncoder.run({
        input_ids: encodeBatch(tokenizer, texts),
      });
      const rows = texts.length * tokenizer.maxTokens;
      return {
        encoder_hidden_states: hostTensor(states, [texts.length, tokenizer.maxTokens, states.length / rows]),
        ...(isPooled && { pooled_projections: hostTensor(pool, [texts.length, pool.length / texts.length]) }),
      };
    },
    async predict(samples, timestep, text) {
      const times = new Float32Array(timeShape[0] ?? 1).fill(timestep);
      const feeds = {
        [name]: hostTensor(samples, [samples.length / sampleCount, channels, side, side]),
        timestep: hostTensor(times, timeShape),
      };
      const outputs = await network.run({ ...feeds, ...text });
      watch?.(outputs);
      return outputs.out_sample;
    },
    decode: (samples) => decoder.decode(samples),
  };
}
