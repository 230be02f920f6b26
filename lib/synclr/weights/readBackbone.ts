import { statSync } from 'node:fs';
import path from 'node:path';
import { type NormalisationName, normalisations } from '../../pictures/normalise.js';
import { openSafetensors, writeSafetensors } from '../../runs/safetensors.js';
import type { VitConfig } from '../vit.js';
import { toTorch } from './layout.js';
import { type Backbone, type MapOptions, mapBackbone } from './mapBackbone.js';
import { openPth } from './pth.js';

/**
 * Reads a backbone from a file: a checkpoint of torch.save (`.pth`, `.pt`, `.bin`), a safetensors file of timm, or one of
 * ours; of a run's folder, its `encoder.safetensors`. See `mapBackbone` for what is understood.
 */
export function readBackbone(file: string, options: MapOptions = {}): Backbone {
  const isFolder = statSync(file, { throwIfNoEntry: false })?.isDirectory();
  const where = isFolder ? path.join(file, 'encoder.safetensors') : file;
  return where.endsWith('.safetensors') ? readFromSafetensors(where, options) : readFromPth(where, options);
}

function readFromPth(where: string, options: MapOptions): Backbone {
  const pth = openPth(where);
  try {
    const shapes = new Map([...pth.tensors].map(([name, { shape }]) => [name, shape]));
    return mapBackbone({ where, shapes, read: pth.read }, options);
  } finally {
    pth.close();
  }
}

function readFromSafetensors(where: string, options: MapOptions): Backbone {
  const file = openSafetensors(where);
  try {
    const shapes = new Map([...file.tensors].map(([name, { shape }]) => [name, shape]));
    const written = writtenIn(file.metadata);
    const { config = written.config, normalisation = written.normalisation, ...rest } = options;
    return mapBackbone({ where, shapes, read: file.read }, { config, normalisation, ...rest });
  } finally {
    file.close();
  }
}

/** What the metadata of our files says: of a backbone alone, or in the settings of its training. */
function writtenIn({
  vit,
  config,
  normalisation,
}: Record<string, string>): Pick<MapOptions, 'config' | 'normalisation'> {
  try {
    const training = vit ? { model: JSON.parse(vit) as VitConfig, normalisation } : JSON.parse(config);
    const known = Object.hasOwn(normalisations, training.normalisation);
    return { config: training.model, ...(known && { normalisation: training.normalisation as NormalisationName }) };
  } catch {
    return {};
  }
}

/**
 * Writes a backbone that `readBackbone` reads, with architecture and normalisation as metadata.
 * @param options.timm in the layout of timm, for PyTorch, in place of ours
 */
export function writeBackbone(
  file: string,
  { params, config, normalisation = 'clip' }: Pick<Backbone, 'params' | 'config'> & Partial<Backbone>,
  { timm = false }: { timm?: boolean } = {},
): void {
  const tensors = timm ? toTorch(params, config) : params;
  writeSafetensors(file, tensors, { vit: JSON.stringify(config), normalisation });
}
