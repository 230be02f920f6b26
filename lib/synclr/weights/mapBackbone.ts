import { InputError } from '../../errors.js';
import type { NormalisationName } from '../../pictures/normalise.js';
import { type HostTensor, type HostTensors, hostTensor } from '../../runs/hostTensor.js';
import { type VitConfig, vitShapes } from '../vit.js';
import { fromTorch, torchShapes } from './layout.js';

/** Tensors of a file: their shapes are known, their numbers are read when they are wanted. */
export interface TensorSource {
  /** what errors call it */
  where: string;
  shapes: ReadonlyMap<string, readonly number[]>;
  read(name: string): HostTensor;
}

export interface MapOptions {
  /** The architecture; left out, it is read from the shapes. */
  config?: VitConfig;
  /** Heads of its attention, which no shape shows; left out, those of ViT-B and ViT-L. */
  heads?: number;
  /** What stands before the names of the backbone, e.g. `student.backbone.`; left out, it is found. */
  prefix?: string;
  /** What its pictures were normalised with; left out, what the file says, else `clip`, as in the paper's evaluations. */
  normalisation?: NormalisationName;
}

/**
 * Heads of published ViTs by their width, where all agree. Narrower ones do not: ViT-S has 6, MoCo v3's 12; neither do
 * wider ones.
 */
const HEADS: Readonly<Record<number, number>> = { 768: 12, 1024: 16 };

/** A backbone as `vit` takes it. */
export interface Backbone {
  params: HostTensors;
  config: VitConfig;
  /** what its pictures want */
  normalisation: NormalisationName;
  /** what stood before its names */
  prefix: string;
  /** names below the prefix that are no part of a backbone: classification heads */
  ignored: string[];
}

/**
 * Takes a ViT out of a checkpoint: SynCLR's and StableRep's published ones (`state_dict.module.visual.…`,
 * `model.visual.…`), a training run of the paper's code (`model.teacher.backbone.…`; of teacher and student, the teacher),
 * DINO v2 without registers, timm's plain ViTs with a class token, and our own files.
 *
 * LayerScale, x + γ·branch(x), is folded into the branch's last layer: γ·(W·y + b) = (γ·W)·y + γ·b. The features are the
 * same; a fine-tuning would no longer train γ by itself.
 *
 * @throws InputError that names each parameter that is missing, unexpected or of another shape, with what was expected and
 * what was found
 */
export function mapBackbone(
  source: TensorSource,
  { config, heads, prefix = findPrefix(source), normalisation = 'clip' }: MapOptions = {},
): Backbone {
  const names = namesBelow(source, prefix);
  const shapeOf = (name: string) => source.shapes.get(names.get(name) as string);
  const where = prefix ? `${source.where}, backbone ${prefix}*` : source.where;
  const ours = shapeOf('patch_embed.proj.weight')?.length === 2;
  const vit = config ?? inferConfig(where, { names: [...names.keys()], shapeOf, ours, heads });
  if (heads !== undefined && heads !== vit.heads) {
    const fix = 'leave --heads out';
    throw new InputError({ where, expected: `${vit.heads} heads, as the file says`, found: `--heads ${heads}`, fix });
  }
  const expected: Record<string, readonly number[]> = ours ? vitShapes(vit) : torchShapes(vit);
  if (names.has('blocks.0.ls1.gamma')) {
    for (const name of layerScales(vit)) expected[name] = [vit.width];
  }
  // [1, D] in DINO v2 and here, [1, 1, D] in the paper's code.
  if (names.has('mask_token'))
    expected.mask_token = [...(shapeOf('mask_token')?.length === 3 ? [1, 1] : [1]), vit.width];
  const ignored = [...names.keys()].filter((name) => name.startsWith('head.'));
  refuseDifferences(where, { expected, found: [...names.keys()].filter((n) => !ignored.includes(n)), shapeOf });

  const read = (name: string) => {
    const tensor = source.read(names.get(name) as string);
    return ours ? tensor : fromTorch(name, tensor);
  };
  const params: HostTensors = Object.fromEntries(Object.keys(vitShapes(vit)).map((name) => [name, read(name)]));
  if (names.has('mask_token')) {
    params.mask_token = hostTensor(source.read(names.get('mask_token') as string).data, [1, vit.width]);
  }
  if (names.has('blocks.0.ls1.gamma')) foldLayerScales(params, vit, read);
  refuseNotFinite(where, params);
  return { params, config: vit, normalisation, prefix, ignored };
}

function refuseNotFinite(where: string, params: HostTensors): void {
  for (const [name, { data }] of Object.entries(params)) {
    const at = data.findIndex((value) => !Number.isFinite(value));
    if (at < 0) continue;
    const fix = 'take an earlier checkpoint: training diverged, or the file is damaged';
    throw new InputError({
      where: `${where}, ${name}`,
      expected: 'finite numbers',
      found: `${data[at]} at ${at}`,
      fix,
    });
  }
}

/** The one place where a class token is: of a teacher and a student, the teacher. */
function findPrefix({ where, shapes }: TensorSource): string {
  const all = [...shapes.keys()]
    .filter((name) => /(^|\.)cls_token$/.test(name))
    .map((name) => name.slice(0, -'cls_token'.length));
  const teachers = all.filter((prefix) => /(^|\.)teacher\./.test(prefix));
  const found = all.length > 1 ? teachers : all;
  if (found.length === 1) return found[0];
  throw new InputError({
    where,
    expected: 'a vision transformer: one cls_token, or one of a teacher',
    found:
      all.length === 0
        ? `none among ${some([...shapes.keys()])}`
        : all.map((prefix) => `${prefix}cls_token`).join(', '),
    fix:
      all.length === 0
        ? 'choose the checkpoint of a ViT with a class token'
        : `choose one of them, e.g. --prefix ${all[0] || 'model.'}`,
  });
}

/** The names below a prefix → those in the file. DINO v2's training code groups blocks: `blocks.1.6.…` is block 6. */
function namesBelow({ shapes }: TensorSource, prefix: string): Map<string, string> {
  const below = [...shapes.keys()].filter((name) => name.startsWith(prefix));
  return new Map(below.map((name) => [name.slice(prefix.length).replace(/^blocks\.\d+\.(?=\d+\.)/, 'blocks.'), name]));
}

interface Found {
  names: readonly string[];
  shapeOf(name: string): readonly number[] | undefined;
  ours: boolean;
  heads?: number;
}

/** The architecture that the shapes show. */
function inferConfig(where: string, { names, shapeOf, ours, heads: asked }: Found): VitConfig {
  const refuse = (expected: string, found: string, fix = 'choose a plain ViT with a class token'): never => {
    throw new InputError({ where, expected, found, fix });
  };
  const shape = (name: string, rank: number) => {
    const found = shapeOf(name);
    return found?.length === rank
      ? found
      : refuse(`${name} with ${rank} axes`, found ? `[${found.join(', ')}]` : 'missing');
  };
  const [, tokens, width] = shape('pos_embed', 3);
  const projection = shape('patch_embed.proj.weight', ours ? 2 : 4);
  const patch = ours ? Math.sqrt(projection[0] / 3) : projection[2];
  const grid = Math.sqrt(tokens - 1);
  const hidden = shape('blocks.0.mlp.fc1.weight', 2)[ours ? 1 : 0];
  if (!Number.isInteger(grid))
    refuse('pos_embed [1, 1 + n², D]: one class token and a square grid', `[1, ${tokens}, ${width}]`);
  if (!Number.isInteger(patch)) refuse('square patches of RGB', `patch_embed.proj.weight [${projection.join(', ')}]`);
  const heads = asked ?? HEADS[width];
  if (heads === undefined) {
    refuse(
      'to be told how many attention heads it has, since no weight shows it',
      `a ViT of width ${width}`,
      `say it, e.g. --heads ${width % 64 === 0 ? width / 64 : 1} for heads of ${width % 64 === 0 ? 64 : width} numbers (MoCo v3 has --heads 12 at width 384)`,
    );
  }
  if (width % heads !== 0) refuse(`heads that divide its width of ${width}`, `--heads ${heads}`, 'give another number');
  const depth = 1 + Math.max(...names.map((name) => Number(/^blocks\.(\d+)\./.exec(name)?.[1] ?? -1)));
  return { image: grid * patch, patch, width, depth, heads, mlpRatio: hidden / width, dropPath: 0 };
}

const layerScales = ({ depth }: VitConfig) =>
  Array.from({ length: depth }, (_, i) => [`blocks.${i}.ls1.gamma`, `blocks.${i}.ls2.gamma`]).flat();

function refuseDifferences(
  where: string,
  {
    expected,
    found,
    shapeOf,
  }: { expected: Record<string, readonly number[]>; found: readonly string[] } & Pick<Found, 'shapeOf'>,
): void {
  const text = (shape?: readonly number[]) => (shape ? `[${shape.join(', ')}]` : 'missing');
  const isOther = (name: string) => text(shapeOf(name)) !== text(expected[name]);
  const differing = Object.keys(expected).filter(isOther);
  const unexpected = found.filter((name) => !Object.hasOwn(expected, name));
  if (differing.length + unexpected.length === 0) return;
  throw new InputError({
    where,
    expected: some([
      ...differing.map((name) => `${name} ${text(expected[name])}`),
      ...unexpected.map((name) => `no ${name}`),
    ]),
    found: some([...differing, ...unexpected].map((name) => `${name} ${text(shapeOf(name))}`)),
    fix: unexpected.some((name) => name.includes('register'))
      ? 'choose the checkpoint without registers: this ViT has none'
      : `choose a plain ViT (class token, GELU, final norm)`,
  });
}

/** The first few of a list, in words. */
function some(list: readonly string[], most = 8): string {
  return list.length > most ? `${list.slice(0, most).join('; ')}; and ${list.length - most} more` : list.join('; ');
}

/** γ·(x·W + b) = x·(W·γ) + b·γ, for W [in, out] and γ [out]. */
function foldLayerScales(params: HostTensors, { depth }: VitConfig, read: (name: string) => HostTensor): void {
  for (let i = 0; i < depth; i++) {
    for (const [scale, layer] of [
      ['ls1', 'attn.proj'],
      ['ls2', 'mlp.fc2'],
    ]) {
      const gamma = read(`blocks.${i}.${scale}.gamma`).data;
      for (const part of ['weight', 'bias']) {
        const name = `blocks.${i}.${layer}.${part}`;
        const { data, shape } = params[name];
        params[name] = hostTensor(scaleColumns(data, gamma), shape);
      }
    }
  }
}

/** [..., D] · [D] */
function scaleColumns(data: HostTensor['data'], by: HostTensor['data']): Float32Array {
  const out = new Float32Array(data.length);
  for (let row = 0; row < data.length; row += by.length)
    for (let j = 0; j < by.length; j++) out[row + j] = data[row + j] * by[j];
  return out;
}
