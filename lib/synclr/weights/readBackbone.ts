import { statSync } from 'node:fs';
import path from 'node:path';
import { openSafetensors, writeSafetensors } from '../../runs/safetensors.js';
import type { VitConfig } from '../vit.js';
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
    const { config = writtenConfig(file.metadata), ...rest } = options;
    return mapBackbone({ where, shapes, read: file.read }, { config, ...rest });
  } finally {
    file.close();
  }
}

/** The architecture in the metadata of our files: of a backbone alone, or in the settings of its training. */
function writtenConfig({ vit, config }: Record<string, string>): VitConfig | undefined {
  try {
    return vit ? JSON.parse(vit) : JSON.parse(config).model;
  } catch {
    return undefined;
  }
}

/** Writes a backbone that `readBackbone` reads: our layout, with the architecture as metadata. */
export function writeBackbone(file: string, { params, config }: Pick<Backbone, 'params' | 'config'>): void {
  writeSafetensors(file, params, { vit: JSON.stringify(config) });
}
