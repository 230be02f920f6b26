import path from 'node:path';
import { type HostTensor, hostTensor } from '../engine/host.js';
import type { Provider } from '../engine/session.js';
import { InputError } from '../errors.js';
import { type Denoiser, releaseAll } from './denoiser.js';
import { describePorts, openModel, requirePorts } from './openModel.js';
import { encodeBatch, openFolderTokenizer } from './tokenizer.js';

/** The small generator's layout, beside model_index.json and the scheduler. */
export const PIXEL_FILES = [
  'tokenizer/tokenizer.json',
  'tokenizer/tokenizer_config.json',
  'text_encoder/model.onnx',
  'transformer/model.onnx',
];

/** Opens a model that denoises pixels: a folder written by `exportGenerator`. Sizes are those its graphs declare. */
export async function openPixelDenoiser(
  folder: string,
  { providers }: { providers: readonly Provider[] },
): Promise<Denoiser> {
  const textEncoder = await openModel(path.join(folder, 'text_encoder', 'model.onnx'), { providers });
  const transformer = await openModel(path.join(folder, 'transformer', 'model.onnx'), { providers });
  const shapeOf = (name: string) => transformer.inputs.find((port) => port.name === name)?.shape ?? [];
  const [batch, , size] = shapeOf('hidden_states');
  const [, maxTokens, width] = shapeOf('encoder_hidden_states');
  if (!batch || !size || !maxTokens || !width) {
    throw new InputError({
      where: `${transformer.file}, inputs`,
      expected: 'hidden_states [batch, 3, size, size] and encoder_hidden_states [batch, tokens, width], of fixed sizes',
      found: describePorts(transformer.inputs),
      fix: 'export the transformer with exportGenerator',
    });
  }
  const images = [batch, 3, size, size];
  const tokens = [batch, maxTokens, width];
  requirePorts(transformer, 'inputs', {
    hidden_states: images,
    timestep: [batch],
    encoder_hidden_states: tokens,
    pooled_projections: [batch, width],
  });
  requirePorts(transformer, 'outputs', { out_sample: images });
  requirePorts(textEncoder, 'inputs', { input_ids: [batch, maxTokens] });
  requirePorts(textEncoder, 'outputs', { last_hidden_state: tokens, pooler_output: [batch, width] });
  const tokenizer = openFolderTokenizer(path.join(folder, 'tokenizer'), { maxTokens });
  return {
    provider: transformer.provider,
    passedOver: transformer.passedOver,
    batch,
    sampleCount: 3 * size * size,
    size,
    async encode(texts) {
      const encoded = await textEncoder.run({ input_ids: encodeBatch(tokenizer, texts) });
      return {
        encoder_hidden_states: hostTensor(encoded.last_hidden_state, tokens),
        pooled_projections: hostTensor(encoded.pooler_output, [batch, width]),
      };
    },
    async predict(samples, timestep, text) {
      const hidden: HostTensor = hostTensor(samples, images);
      const times = hostTensor(new Float32Array(batch).fill(timestep), [batch]);
      return (await transformer.run({ hidden_states: hidden, timestep: times, ...text })).out_sample;
    },
    decode: async (samples) => samples,
    release: () => releaseAll([textEncoder, transformer]),
  };
}
