import { existsSync } from 'node:fs';
import { Command } from 'commander';
import { readNotebook, writeNotebook } from '../notebook/document.js';
import { keepOutputs, toNotebook, toSource } from '../notebook/format.js';
import { writeWhole } from '../runs/files.js';
import { writeSafetensors } from '../runs/safetensors.js';
import { readTextFile } from '../runs/textFile.js';
import { vitParameterCount } from '../synclr/vit.js';
import { toTorch } from '../synclr/weights/layout.js';
import { readBackbone, writeBackbone } from '../synclr/weights/readBackbone.js';
import { withBackboneOptions } from './backboneOptions.js';

/** `synclr convert`: see `convert`. */
export function convertCommand(): Command {
  return withBackboneOptions(new Command('convert'))
    .description('a notebook to its text, which is easier to edit, and back; or the ViT of a checkpoint to safetensors')
    .argument('<from>', 'a .ipynb or .ts file; or .pth, .safetensors or a run folder')
    .argument('<to>', 'the other; or a .safetensors file')
    .option('--timm', 'in the layout of timm, for PyTorch')
    .action(convert);
}

/**
 * From one file to another: a notebook to its text (`// %%` cells), or back, when cells that did not change keep their
 * outputs; or the ViT of a checkpoint to safetensors, in our layout or in timm's.
 */
export function convert(
  from: string,
  to: string,
  options: { prefix?: string; heads?: number; timm?: boolean } = {},
): void {
  if (to.endsWith('.safetensors')) convertBackbone(from, to, options);
  else if (from.endsWith('.ipynb')) writeWhole(to, toSource(readNotebook(from)));
  else {
    const notebook = toNotebook(readTextFile(from, 'a notebook (.ipynb) or its text (.ts)'), { where: from });
    writeNotebook(to, existsSync(to) ? keepOutputs(notebook, readNotebook(to)) : notebook);
  }
}

function convertBackbone(
  from: string,
  to: string,
  { prefix, heads, timm }: { prefix?: string; heads?: number; timm?: boolean },
): void {
  const backbone = readBackbone(from, { prefix, heads });
  if (timm) writeSafetensors(to, toTorch(backbone.params, backbone.config));
  else writeBackbone(to, backbone);
  const { patch, image, width, depth } = backbone.config;
  const size = `patches of ${patch} at ${image} px, ${depth} blocks of width ${width}`;
  const count = vitParameterCount(backbone.config).toLocaleString('en');
  console.log(`${backbone.prefix || 'its'} backbone: ${size}, ${count} parameters: ${to}`);
}
