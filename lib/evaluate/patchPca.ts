import { InputError } from '../errors.js';
import { otsuThreshold } from './otsu.js';
import { principalComponents } from './pca.js';

/**
 * What a first score must exceed to be foreground. A number: the same for all images; the paper gives none, and 0, the mean
 * over the set, is ours. 'otsu': each image's own, where its scores part best; it helps where the images of a set differ more
 * from each other than objects from backgrounds.
 */
export type PcaThreshold = number | 'otsu';

export interface PatchPca {
  /** One [rows · columns] mask an image: 1 = foreground. */
  readonly masks: readonly Uint8Array[];
  /** One [rows · columns, 3] colour an image, 0 … 255; background is (0, 0, 0). */
  readonly colours: readonly Uint8Array[];
  readonly grid: readonly [number, number];
  /** Foreground share of each image. */
  readonly foreground: readonly number[];
}

/**
 * Figure 5's two-step PCA (spec §5.5) on patch tokens of the images of one category, cls dropped, after the last
 * LayerNorm.
 *
 * 1. PCA over all patches of the set, mean-centred; foreground = first score > `threshold`.
 *    The sign of a component is arbitrary: we take the one that calls fewer patches on the images' outer ring foreground,
 *    since objects are seldom cut by the frame; on a tie, the one with the smaller foreground.
 * 2. PCA (3 components) over the foreground patches of all images; each component is stretched from its minimum to its
 *    maximum over the set's foreground to 0 … 255, as red, green and blue.
 *
 * Each of `tokens` is [rows · columns, width]; the images share a grid [rows, columns].
 */
export function patchPca(
  tokens: readonly Float32Array[],
  { grid, threshold = 0 }: { grid: readonly [number, number]; threshold?: PcaThreshold },
): PatchPca {
  const [masks] = patchForeground(tokens, { grid, thresholds: [threshold] });
  const patches = grid[0] * grid[1];
  const width = tokens[0].length / patches;
  const kept: { image: number; patch: number }[] = [];
  masks.forEach((mask, image) => {
    mask.forEach((flag, patch) => {
      if (flag) kept.push({ image, patch });
    });
  });
  const colours = tokens.map(() => new Uint8Array(patches * 3));
  if (kept.length >= 2) {
    const object = new Float32Array(kept.length * width);
    kept.forEach(({ image, patch }, i) => {
      object.set(tokens[image].subarray(patch * width, (patch + 1) * width), i * width);
    });
    const second = principalComponents(object, { width, components: 3 }).scores;
    for (let channel = 0; channel < 3; channel++) {
      let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
      for (let i = 0; i < kept.length; i++) {
        low = Math.min(low, second[i * 3 + channel]);
        high = Math.max(high, second[i * 3 + channel]);
      }
      kept.forEach(({ image, patch }, i) => {
        const value = high > low ? (second[i * 3 + channel] - low) / (high - low) : 0.5;
        colours[image][patch * 3 + channel] = Math.round(255 * value);
      });
    }
  }
  const shares = masks.map((mask) => mask.reduce((sum, flag) => sum + flag, 0) / patches);
  return { masks, colours, grid, foreground: shares };
}

/**
 * Step 1 of `patchPca` alone, for several thresholds at once: for each, one [rows · columns] mask an image.
 */
export function patchForeground(
  tokens: readonly Float32Array[],
  { grid, thresholds }: { grid: readonly [number, number]; thresholds: readonly PcaThreshold[] },
): Uint8Array[][] {
  const [rows, columns] = grid;
  const patches = rows * columns;
  const width = (tokens[0]?.length ?? 0) / patches;
  if (!Number.isInteger(width) || width < 3 || tokens.some((image) => image.length !== patches * width)) {
    throw new InputError({
      where: 'patchPca',
      expected: `one or more images of ${rows} × ${columns} tokens of equal width, 3 or more numbers each`,
      found: `${tokens.length} images of ${tokens.map((image) => image.length).join(', ')} numbers`,
      fix: 'drop the cls token and give the patch grid of the encoder at this picture size',
    });
  }
  const all = new Float32Array(tokens.length * patches * width);
  tokens.forEach((image, i) => {
    all.set(image, i * patches * width);
  });
  const { scores } = principalComponents(all, { width, components: 1 });
  const turned = scores.map((score) => -score);
  return thresholds.map((threshold) => {
    const positive = above(scores, { threshold, patches });
    const negative = above(turned, { threshold, patches });
    const foreground = isRatherObject(positive, negative, grid) ? positive : negative;
    return tokens.map((_, i) => foreground.slice(i * patches, (i + 1) * patches));
  });
}

function above(scores: Float64Array, { threshold, patches }: { threshold: PcaThreshold; patches: number }): Uint8Array {
  const flags = new Uint8Array(scores.length);
  for (let from = 0; from < scores.length; from += patches) {
    const own = scores.subarray(from, from + patches);
    const least = threshold === 'otsu' ? otsuThreshold(own) : threshold;
    own.forEach((score, i) => {
      if (score > least) flags[from + i] = 1;
    });
  }
  return flags;
}

/** Whether `first` is the better guess of the object: fewer of its patches lie on the outer ring. */
function isRatherObject(first: Uint8Array, second: Uint8Array, [rows, columns]: readonly [number, number]): boolean {
  let onRing = 0;
  let inAll = 0;
  for (let i = 0; i < first.length; i++) {
    const row = Math.floor(i / columns) % rows;
    const column = i % columns;
    const gap = first[i] - second[i];
    inAll += gap;
    if (row === 0 || row === rows - 1 || column === 0 || column === columns - 1) onRing += gap;
  }
  return onRing !== 0 ? onRing < 0 : inAll <= 0;
}
