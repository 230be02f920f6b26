import path from 'node:path';
import { readExported } from '../engine/readOnnx.js';
import { readJson } from '../runs/files.js';
import type { ExportedGenerator } from './exportGenerator.js';
import { generatorConfig } from './generatorConfig.js';

/** A folder of `exportGenerator`, read again so that it can be written with another batch, or stored otherwise. */
export function readExportedGenerator(
  folder: string,
): Required<Pick<ExportedGenerator, 'config' | 'weights' | 'tokenizer' | 'products'>> {
  const [text, transformer] = ['text_encoder', 'transformer'].map((name) =>
    readExported(path.join(folder, name, 'model.onnx')),
  );
  const { ranges } = transformer;
  return {
    config: generatorConfig(readJson(path.join(folder, 'transformer', 'config.json'))),
    weights: { ...text.weights, ...transformer.weights },
    tokenizer: readJson(path.join(folder, 'tokenizer', 'tokenizer.json')),
    products: ranges.size > 0 ? ranges : 'float32',
  };
}
