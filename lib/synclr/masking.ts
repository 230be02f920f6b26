import type { Rng } from '../random/rng.js';

/**
 * Which patches of an image are masked. `random`: uniformly drawn (spec §4.4). `block`: rectangles, as in BEiT and iBOT; the
 * published code has them, unused.
 */
export type MaskShape = 'random' | 'block';

/**
 * Which images of a batch are masked (spec §4.4, §4.9). `perCaption`: the first half in view-major order, as the published code's
 * example does: with four images a caption exactly two random ones of each. `random`: any half of the batch (the paper).
 */
export type MaskAssignment = 'perCaption' | 'random';

/**
 * How many images and patches are masked. The first images of a batch are the masked ones: in view-major order, the first
 * drawn images of every caption, which are random ones; see `MaskAssignment`.
 */
export function maskSizes({
  captions,
  imagesPerCaption,
  model,
  ibot,
}: {
  captions: number;
  imagesPerCaption: number;
  model: { image: number; patch: number };
  ibot: { maskedImages: number; maskedPatches: number } | null;
}): { images: number; patches: number } {
  if (!ibot) return { images: 0, patches: 0 };
  return {
    images: Math.floor(ibot.maskedImages * captions * imagesPerCaption),
    patches: Math.floor(ibot.maskedPatches * (model.image / model.patch) ** 2),
  };
}

/** The indices of `count` patches of a grid of grid × grid, rising. */
export function maskPatches(rng: Rng, shape: MaskShape, grid: number, count: number): number[] {
  const chosen = shape === 'block' ? blockMask(rng, grid, count) : rng.sample(range(grid * grid), count);
  return chosen.sort((a, b) => a - b);
}

/**
 * BEiT's blockwise masking (arXiv 2106.08254, Algorithm 1): rectangles of an area of at least `smallest` patches and an
 * aspect ratio between `aspect` and 1/aspect, log-uniform, until `count` patches are covered. No rectangle may bring the
 * number above `count`; where ten in a row would, what is missing is drawn patch by patch, so that all images of a batch have
 * as many.
 */
export function blockMask(rng: Rng, grid: number, count: number, { smallest = 4, aspect = 0.3 } = {}): number[] {
  const masked = new Set<number>();
  const logAspect = Math.log(aspect);
  for (let misses = 0; misses < 10 && masked.size < count; ) {
    const most = count - masked.size;
    const area = Math.min(most, smallest) + rng.uniform() * Math.max(0, most - smallest);
    const ratio = Math.exp(logAspect * (1 - 2 * rng.uniform()));
    const [height, width] = [Math.round(Math.sqrt(area * ratio)), Math.round(Math.sqrt(area / ratio))];
    const added = rectangle(rng, grid, height, width).filter((patch) => !masked.has(patch));
    if (added.length === 0 || added.length > most) misses++;
    else {
      misses = 0;
      for (const patch of added) masked.add(patch);
    }
  }
  const free = range(grid * grid).filter((patch) => !masked.has(patch));
  return [...masked, ...rng.sample(free, count - masked.size)];
}

/** The patches of a rectangle somewhere in the grid; none if it does not fit. */
function rectangle(rng: Rng, grid: number, height: number, width: number): number[] {
  if (Math.min(height, width) < 1 || Math.max(height, width) > grid) return [];
  const top = rng.int(grid - height + 1);
  const left = rng.int(grid - width + 1);
  return range(height * width).map((i) => (top + Math.floor(i / width)) * grid + left + (i % width));
}

const range = (n: number) => Array.from({ length: n }, (_, i) => i);
