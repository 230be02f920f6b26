import { existsSync } from 'node:fs';
import { Command } from 'commander';
import { InputError } from '../errors.js';
import { readNotebook, writeNotebook } from '../notebook/document.js';
import { keepOutputs, toNotebook, toSource } from '../notebook/format.js';
import { writeWhole } from '../runs/files.js';
import { claimFile } from '../runs/outputFile.js';
import { readTextFile } from '../runs/textFile.js';
import { vitParameterCount } from '../synclr/vit.js';
import type { MapOptions } from '../synclr/weights/mapBackbone.js';
import { readBackbone, writeBackbone } from '../synclr/weights/readBackbone.js';
import { normalisationOption, withBackboneOptions } from './backboneOptions.js';

/** `synclr convert`: see `convert`. */
export function convertCommand(): Command {
  return withBackboneOptions(new Command('convert'))
    .argument('<from>', 'a .ipynb or .ts file; or .pth, .safetensors or a run folder')
    .argument('<to>', 'the other; or a .safetensors file')
    .addOption(normalisationOption())
    .option('--timm', 'in the layout of timm, for PyTorch')
    .action(convert);
}

/**
 * From one file to another: a notebook to its text (`// %%` cells), or back, when cells that did not change keep their
 * outputs; or the ViT of a checkpoint to safetensors, in our layout or in timm's.
 */
export function convert(from: string, to: string, options: BackboneChoice = {}): void {
  if (to.endsWith('.safetensors')) {
    const file = claimFile(to, { what: 'weights', endings: ['.safetensors'], reads: [from] });
    convertBackbone(from, file, options);
  } else if (from.endsWith('.ipynb') === to.endsWith('.ipynb')) {
    throw new InputError({
      where: 'convert',
      expected: 'a notebook (.ipynb) and a text (.ts), either way; or a .safetensors file as the second',
      found: `${from} and ${to}`,
      fix: 'name the file to be written by what it is to hold',
    });
  } else if (from.endsWith('.ipynb')) writeWhole(to, toSource(readNotebook(from)));
  else {
    const text = readTextFile(from, 'the text (.ts) of a notebook');
    const notebook = toNotebook(text, { where: from });
    if (notebook.cells.length === 0) {
      throw new InputError({ where: from, expected: 'one cell at least', found: 'none', fix: 'restore the file' });
    }
    writeNotebook(to, existsSync(to) ? keepOutputs(notebook, readNotebook(to)) : notebook);
  }
}

interface BackboneChoice extends Pick<MapOptions, 'prefix' | 'heads' | 'normalisation'> {
  timm?: boolean;
}

function convertBackbone(from: string, to: string, { timm, prefix, heads, normalisation }: BackboneChoice): void {
  const backbone = readBackbone(from, { prefix, heads, normalisation });
  writeBackbone(to, backbone, { timm });
  const { patch, image, width, depth } = backbone.config;
  const size = `patches of ${patch} at ${image} px, ${depth} blocks of width ${width}`;
  const count = vitParameterCount(backbone.config).toLocaleString('en');
  console.log(`${backbone.prefix || 'its'} backbone: ${size}, ${count} parameters: ${to}`);
}
