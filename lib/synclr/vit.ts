import type { NamedTensors } from '../engine/step.js';
import { tf } from '../engine/tf.js';
import { InputError } from '../errors.js';
import { attentionMaps } from '../nn/attention.js';
import { type FoldedBlock, foldBlock, type PickTokens, transformerBlock } from '../nn/block.js';
import { fanInUniform, initBlock, initLayerNorm, truncatedNormal } from '../nn/init.js';
import { layerNorm, linear } from '../nn/layers.js';
import { normLinear } from '../nn/normLinear.js';
import type { Rng } from '../random/rng.js';
import { type HostTensor, type HostTensors, hostTensor, sizeOf } from '../runs/hostTensor.js';
import { type PositionResize, positionsFor } from './positions.js';

/** A vision transformer with learned positions and one class token (spec §4.1). */
export interface VitConfig {
  /** side of the training image in pixels */
  image: number;
  /** side of a patch in pixels */
  patch: number;
  width: number;
  depth: number;
  heads: number;
  /** hidden width of the MLP over the width */
  mlpRatio: number;
  /** drop-path rate of the last block; it grows linearly from 0 at the first */
  dropPath: number;
}

/** The paper's backbones (spec §4.1) and the sizes we train on a laptop. */
export const vitConfigs = {
  'S/16': { image: 224, patch: 16, width: 384, depth: 12, heads: 6, mlpRatio: 4, dropPath: 0 },
  'B/16': { image: 224, patch: 16, width: 768, depth: 12, heads: 12, mlpRatio: 4, dropPath: 0.1 },
  'L/14': { image: 224, patch: 14, width: 1024, depth: 24, heads: 16, mlpRatio: 4, dropPath: 0.4 },
  /** 64 patches of 8 px: the laptop tier. Its few passes over the data need no drop path. */
  tiny: { image: 64, patch: 8, width: 192, depth: 6, heads: 3, mlpRatio: 4, dropPath: 0 },
  /** The smoke tier and the tests. */
  toy: { image: 16, patch: 8, width: 16, depth: 1, heads: 2, mlpRatio: 2, dropPath: 0 },
} as const satisfies Record<string, VitConfig>;

/** Fresh parameters, named as in timm. Truncated normal std 0.02; patch projection as PyTorch's default convolution. */
export function initVit(rng: Rng, config: VitConfig): HostTensors {
  checkVitConfig(config);
  const { image, patch, width, depth, mlpRatio } = config;
  const fanIn = patch * patch * 3;
  const positions = (image / patch) ** 2 + 1;
  const params: HostTensors = {
    cls_token: hostTensor(
      rng
        .child('cls_token')
        .normals(width)
        .map((z) => z * 1e-6),
      [1, 1, width],
    ),
    pos_embed: truncatedNormal(rng.child('pos_embed'), [1, positions, width]),
    'patch_embed.proj.weight': fanInUniform(rng.child('patch_embed.proj.weight'), [fanIn, width], fanIn),
    'patch_embed.proj.bias': fanInUniform(rng.child('patch_embed.proj.bias'), [width], fanIn),
  };
  for (let i = 0; i < depth; i++) Object.assign(params, initBlock(rng, `blocks.${i}`, { width, mlpRatio }));
  return { ...params, ...initLayerNorm('norm', width) };
}

/** The shape of every parameter of a backbone; linear weights are [in, out]. */
export function vitShapes(config: VitConfig): Record<string, readonly number[]> {
  checkVitConfig(config);
  const { image, patch, width, depth, mlpRatio } = config;
  const hidden = Math.round(width * mlpRatio);
  const affine = (name: string, shape: readonly number[]) => ({
    [`${name}.weight`]: shape,
    [`${name}.bias`]: shape.slice(-1),
  });
  const blocks = Array.from({ length: depth }, (_, i) => ({
    ...affine(`blocks.${i}.norm1`, [width]),
    ...affine(`blocks.${i}.attn.qkv`, [width, 3 * width]),
    ...affine(`blocks.${i}.attn.proj`, [width, width]),
    ...affine(`blocks.${i}.norm2`, [width]),
    ...affine(`blocks.${i}.mlp.fc1`, [width, hidden]),
    ...affine(`blocks.${i}.mlp.fc2`, [hidden, width]),
  }));
  return Object.assign(
    {
      cls_token: [1, 1, width],
      pos_embed: [1, (image / patch) ** 2 + 1, width],
      ...affine('patch_embed.proj', [patch * patch * 3, width]),
    },
    ...blocks,
    affine('norm', [width]),
  );
}

/** The number of parameters of a backbone, with a linear head for `classes` classes when given. */
export function vitParameterCount(config: VitConfig, { classes = 0 } = {}): number {
  const backbone = Object.values(vitShapes(config)).reduce((sum, shape) => sum + sizeOf(shape), 0);
  return backbone + (classes > 0 ? (config.width + 1) * classes : 0);
}

export interface VitOutput {
  /** [B, D]: the class token after the last LayerNorm, the feature of every frozen evaluation */
  cls: tf.Tensor2D;
  /** [B, N, D]: the patch tokens after the last LayerNorm */
  patches: tf.Tensor3D;
  /** per block [B, 1+N, D], before the last LayerNorm; only when asked for */
  blocks: tf.Tensor3D[];
  /** per block [B, heads, 1+N, 1+N]: how much each token (row) looks at each; rows sum to 1. Only when asked for */
  attention: tf.Tensor4D[];
}

export interface VitOptions {
  config: VitConfig;
  /** [depth, 2, B]: drop-path factors, see `dropPathKeep`; omit for none */
  keep?: tf.Tensor;
  /** [B, N] of 0 and 1: patches whose embedding becomes `mask_token` (before positions are added) */
  mask?: tf.Tensor2D;
  /** how positions are resized to grids other than the trained one; `dino`, as published, by default */
  positions?: PositionResize;
  /**
   * The blocks run on groups of images of about this many tokens, one after the other in the same graph, so that a group's
   * activations stay in the processor's cache; the result is the same. 0: all images at once.
   */
  tokensPerGroup?: number;
}

/**
 * The forward pass. images: [B, H, W, 3], normalised; height and width may be other than `config.image` as long as they
 * are multiples of the patch: the position grid is then resized.
 *
 * @param options.keepBlocks also return the output of every block
 * @param options.keepAttention also return the attention maps of every block: computed a second time, for looking at
 */
export function vit(
  p: NamedTensors,
  images: tf.Tensor4D,
  { keepBlocks = false, keepAttention = false, ...options }: VitOptions & VitIntermediates,
): VitOutput {
  const { depth, width, heads } = options.config;
  const results = inGroups(p, images, options, (x, applyBlock, { blocks }) => {
    const after: tf.Tensor[] = [];
    const maps: tf.Tensor[] = [];
    for (let i = 0; i < depth; i++) {
      if (keepAttention) maps.push(attentionOf(blocks[i], x, heads));
      x = applyBlock(i, x);
      if (keepBlocks) after.push(x);
    }
    const [first, rest] = tf.split(layerNorm(p, 'norm', x), [1, (x.shape[1] as number) - 1], 1);
    return [first, rest, ...after, ...maps];
  });
  const [cls, patches, ...kept] = results as tf.Tensor3D[];
  const attention = kept.splice(keepBlocks ? depth : 0) as unknown as tf.Tensor4D[];
  return { cls: tf.reshape(cls, [-1, width]), patches, blocks: kept, attention };
}

/** What `vit` gives back beside its result. */
export interface VitIntermediates {
  keepBlocks?: boolean;
  keepAttention?: boolean;
}

function attentionOf({ qkv }: FoldedBlock, x: tf.Tensor, heads: number): tf.Tensor {
  const [batch, tokens, width] = x.shape as [number, number, number];
  return attentionMaps(tf.reshape(normLinear(x, qkv), [batch, tokens, 3 * width]), heads);
}

/** The class token of `vit` alone, [B, D], without the work of the last block that only patch tokens would need. */
export function vitClass(p: NamedTensors, images: tf.Tensor4D, options: VitOptions): tf.Tensor2D {
  const last = options.config.depth - 1;
  const [cls] = inGroups(p, images, options, (x, applyBlock) => {
    for (let i = 0; i < last; i++) x = applyBlock(i, x);
    return [layerNorm(p, 'norm', applyBlock(last, x, classToken))];
  });
  return tf.reshape(cls, [-1, options.config.width]);
}

const classToken: PickTokens = (x) => tf.slice(x, [0, 0, 0], [x.shape[0], 1, x.shape[2]]);

/**
 * The class token of `vit`, [B, D], and some patch tokens of the first M images, [M, m, D], without the work of the last block
 * that only the others would need.
 *
 * @param chosen [M, m, N]: a row for every patch that is wanted, 0 with one 1. A product with it picks tokens; that has a
 * gradient that every engine runs fast, unlike a gather
 */
export function vitChosen(
  p: NamedTensors,
  images: tf.Tensor4D,
  chosen: tf.Tensor3D,
  options: VitOptions,
): { cls: tf.Tensor2D; patches: tf.Tensor3D } {
  const last = options.config.depth - 1;
  const [some, wanted, total] = chosen.shape;
  const results = inGroups(p, images, options, (x, applyBlock, { group }) => {
    for (let i = 0; i < last; i++) x = applyBlock(i, x);
    const size = x.shape[0];
    const rows = Math.min(some - group * size, size);
    if (rows <= 0) return [layerNorm(p, 'norm', applyBlock(last, x, classToken))];
    // A group is computed whole: images without a wanted patch have rows of zeros, which nobody reads.
    const own = tf.slice(chosen, [group * size, 0, 0], [rows, wanted, total]);
    const padded = rows < size ? tf.concat([own, tf.zeros([size - rows, wanted, total])], 0) : own;
    const pick: PickTokens = (all) =>
      tf.concat([classToken(all), tf.matMul(padded, tf.slice(all, [0, 1, 0], [size, total, all.shape[2]]))], 1);
    return tf.split(layerNorm(p, 'norm', applyBlock(last, x, pick)), [1, wanted], 1);
  });
  const { width } = options.config;
  const [cls, patches] = results as tf.Tensor3D[];
  return { cls: tf.reshape(cls, [-1, width]), patches: tf.slice(patches, [0, 0, 0], [some, wanted, width]) };
}

/**
 * Embeds the images and runs `forward` on the tokens [b, 1 + N, D] of each group; its results are joined again. Later groups may
 * have fewer results than the first.
 */
function inGroups(
  p: NamedTensors,
  images: tf.Tensor4D,
  { config, keep, mask, positions, tokensPerGroup = 0 }: VitOptions,
  forward: (
    x: tf.Tensor,
    applyBlock: (i: number, x: tf.Tensor, pick?: PickTokens) => tf.Tensor,
    of: { blocks: readonly FoldedBlock[]; group: number },
  ) => tf.Tensor[],
): tf.Tensor[] {
  const tokens = embed(p, images, { config, mask, positions });
  const [batch, length] = tokens.shape;
  const { depth, heads } = config;
  const blocks = Array.from({ length: depth }, (_, i) => foldBlock(p, `blocks.${i}`));
  const groups = groupCount(batch, tokensPerGroup > 0 ? tokensPerGroup / length : batch);
  const keeps = keep && tf.split(keep, groups, 2).map((part) => tf.unstack(part));
  const results = (groups === 1 ? [tokens] : tf.split(tokens, groups, 0)).map((rows, group) =>
    forward(rows, (i, x, pick) => transformerBlock(blocks[i], x, { heads, keep: keeps?.[group][i], pick }), {
      blocks,
      group,
    }),
  );
  return results[0].map((_, i) => joined(results.flatMap((result) => result[i] ?? [])));
}

/** Class and patch tokens with their positions, [B, 1 + N, D]. */
function embed(
  p: NamedTensors,
  images: tf.Tensor4D,
  { config, mask, positions: method }: Pick<VitOptions, 'config' | 'mask' | 'positions'>,
): tf.Tensor3D {
  const [batch, height, width, channels] = images.shape;
  const { patch } = config;
  const [rows, columns] = [height / patch, width / patch];
  if (!Number.isInteger(rows) || !Number.isInteger(columns) || channels !== 3) {
    throw new InputError({
      where: 'vit',
      expected: `RGB images [B, H, W, 3] with H and W a multiple of the patch, ${patch}`,
      found: `[${images.shape}]`,
      fix: 'resize or crop the images, or choose another patch size',
    });
  }
  const embedded = linear(p, 'patch_embed.proj', patchify(images, patch));
  const visible = mask ? blend(embedded, p.mask_token, tf.reshape(mask, [batch, rows * columns, 1])) : embedded;
  const positions = positionsFor(p.pos_embed, [rows, columns], { trained: config.image / patch, method });
  const cls = tf.tile(tf.add(p.cls_token, positions.cls), [batch, 1, 1]);
  return tf.concat([cls, tf.add(visible, positions.patches)], 1) as tf.Tensor3D;
}

function joined(parts: tf.Tensor[]): tf.Tensor {
  return parts.length === 1 ? parts[0] : tf.concat(parts);
}

/** The smallest number of equal groups of at most `most` images. */
function groupCount(count: number, most: number): number {
  let groups = Math.min(count, Math.max(1, Math.ceil(count / most)));
  while (count % groups !== 0) groups++;
  return groups;
}

/** [B, H, W, 3] → [B, H/patch · W/patch, patch²·3]: a convolution of stride `patch` is this and a matrix product. */
export function patchify(images: tf.Tensor4D, patch: number): tf.Tensor3D {
  const [batch, height, width] = images.shape;
  const [rows, columns] = [height / patch, width / patch];
  const strips = tf.reshape(images, [batch * rows, patch, columns, patch * 3]);
  return tf.reshape(tf.transpose(strips, [0, 2, 1, 3]), [batch, rows * columns, patch * patch * 3]);
}

/**
 * Drop-path factors of one step, [depth, 2, B]: each branch of each sample is dropped with the rate of its block
 * (linear from 0 to `config.dropPath`) and divided by the keeping probability otherwise.
 */
export function dropPathKeep(rng: Rng, config: VitConfig, batch: number): HostTensor {
  const { depth } = config;
  const data = new Float32Array(depth * 2 * batch);
  dropPathRates(config).forEach((rate, block) => {
    for (let i = 0; i < 2 * batch; i++) data[block * 2 * batch + i] = rng.bernoulli(rate) ? 0 : 1 / (1 - rate);
  });
  return hostTensor(data, [depth, 2, batch]);
}

/** The drop-path rate of every block. */
export function dropPathRates({ depth, dropPath }: VitConfig): number[] {
  return Array.from({ length: depth }, (_, i) => (depth > 1 ? (dropPath * i) / (depth - 1) : dropPath));
}

/** x where the mask is 0, `token` where it is 1; x: [B, N, D], mask: [B, N, 1]. */
function blend(x: tf.Tensor, token: tf.Tensor, mask: tf.Tensor): tf.Tensor {
  return tf.add(tf.mul(x, tf.sub(1, mask)), tf.mul(mask, tf.reshape(token, [1, 1, -1])));
}

function checkVitConfig({ image, patch, width, heads, depth }: VitConfig): void {
  const problems = [
    ...(image % patch === 0 ? [] : [`an image of ${image} px is no whole number of ${patch}-px patches`]),
    ...(width % heads === 0 ? [] : [`a width of ${width} does not divide into ${heads} heads`]),
    ...(depth >= 1 ? [] : [`a depth of ${depth}`]),
  ];
  if (problems.length > 0) {
    throw new InputError({
      where: 'VitConfig',
      expected: 'image = k·patch, width = k·heads, depth ≥ 1',
      found: problems.join('; '),
      fix: 'start from one of `vitConfigs`',
    });
  }
}
