import { Command, Option } from 'commander';
import { InputError } from '../errors.js';
import { normalisations } from '../pictures/normalise.js';
import { parseNumber } from '../runs/numbers.js';
import { claimFile } from '../runs/outputFile.js';
import { claimFolder, type OutputKind } from '../runs/outputFolder.js';
import { projectPath } from '../runs/paths.js';
import { exportEncoder } from '../synclr/weights/exportEncoder.js';
import { exportTransformers } from '../synclr/weights/exportTransformers.js';
import { readBackbone } from '../synclr/weights/readBackbone.js';
import { normalisationOption, withBackboneOptions } from './backboneOptions.js';
import { encoderCard } from './encoderCard.js';
import { PIXELS } from './numbers.js';

const TRANSFORMERS_FOLDER: OutputKind = {
  what: 'an exported encoder',
  marker: 'config.json',
  isOurs: (content) => (content as { model_type?: string } | null)?.model_type === 'vit',
  before: ['onnx', 'preprocessor_config.json', 'README.md'],
};

/** `synclr export-encoder`: a backbone of ours or of a published checkpoint as one ONNX file. */
export function exportEncoderCommand(): Command {
  return withBackboneOptions(new Command('export-encoder'))
    .option('--transformers', 'write a folder that @huggingface/transformers loads, in 32 bits and in 8, with a card')
    .option('--from <path>', 'a run folder, .safetensors or .pth', projectPath('data', 'models', 'encoder-stablerep'))
    .option('--out <path>', 'the ONNX file, or the folder; encoder.onnx or encoder-transformers by default')
    .option('--size <HxW>', 'pixels of the images, e.g. 336x448; the trained size by default')
    .addOption(
      new Option('--positions <method>', 'how positions are resized to another size')
        .choices(['dino', 'plain'])
        .default('dino'),
    )
    .addOption(normalisationOption())
    .option('--half', 'store the weights in 16 bits')
    .addOption(new Option('--int8', 'store the matrices in 8 bits').conflicts('half'))
    .action(({ from, transformers, prefix, heads, size, positions, normalisation, half, int8, ...options }) => {
      const out = options.out ?? (transformers ? 'encoder-transformers' : 'encoder.onnx');
      if (!transformers) claimFile(out, { what: 'an encoder as ONNX', endings: ['.onnx'], reads: [from] });
      const backbone = readBackbone(from, { prefix, heads, normalisation });
      const settings = {
        imageSize: size === undefined ? undefined : sizeOf(size),
        positions,
        normalisation: normalisations[backbone.normalisation],
      };
      if (transformers) {
        claimFolder(out, TRANSFORMERS_FOLDER);
        exportTransformers(out, backbone, { ...settings, card: encoderCard(from, backbone) });
      } else exportEncoder(out, backbone, { ...settings, stored: half ? 'float16' : int8 ? 'int8' : 'float32' });
      console.log(
        `${backbone.prefix || 'its'} backbone, ViT ${backbone.config.width} × ${backbone.config.depth}: ${out}`,
      );
    });
}

function sizeOf(text: string): [height: number, width: number] {
  const sides = text.split('x');
  if (sides.length === 2) {
    const [height, width] = sides.map((side) => parseNumber(side, { where: '--size', rule: PIXELS, example: 224 }));
    return [height, width];
  }
  throw new InputError({
    where: '--size',
    expected: 'height and width, e.g. 224x224',
    found: text,
    fix: 'write it so',
  });
}
