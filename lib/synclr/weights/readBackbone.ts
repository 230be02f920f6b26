import { existsSync, readdirSync, statSync } from 'node:fs';
import path from 'node:path';
import { InputError } from '../../errors.js';
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
  const where = isFolder ? fileOfRun(file) : file;
  refuseOtherFiles(where);
  return where.endsWith('.safetensors') ? readFromSafetensors(where, options) : readFromPth(where, options);
}

/** @throws InputError for the folder of something else, which names the weights in it */
function fileOfRun(folder: string): string {
  const file = path.join(folder, 'encoder.safetensors');
  if (existsSync(file)) return file;
  const others = readdirSync(folder).filter((name) => /\.(safetensors|pth|pt|bin|ckpt)$/.test(name));
  throw new InputError({
    where: folder,
    expected: 'a run folder, with its encoder.safetensors',
    found: others.slice(0, 3).join(', ') || 'no weights in it',
    fix:
      others.length > 0
        ? `if it is the encoder, name the file itself: ${path.join(folder, others[0])}`
        : 'check the path; a run writes its encoder at its end',
  });
}

/** @throws InputError for what stands beside weights and is none, and for one part of several */
function refuseOtherFiles(where: string): void {
  const refuse = (found: string, fix: string): never => {
    throw new InputError({ where, expected: 'a run folder, .safetensors or .pth, with all weights', found, fix });
  };
  const [other] = /\.(json|onnx|gguf|h5|npz|msgpack)$/i.exec(where) ?? [];
  if (other) refuse(`a file of another kind, ${other}`, 'name the file of the weights');
  const [part] = /-\d+-of-\d+(?=\.\w+$)/.exec(where) ?? [];
  if (part) refuse(`one part of several, ${part.slice(1)}`, 'join the parts into one file, in Python say');
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
