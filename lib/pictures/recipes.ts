/** How one crop is cut and disturbed. Probabilities unless said otherwise. */
export interface CropRecipe {
  /** side of the crop in pixels */
  size: number;
  /** bounds of the share of the image's area that is cut out */
  area: readonly [number, number];
  flip: number;
  jitter: { probability: number; brightness: number; contrast: number; saturation: number; hue: number };
  grayscale: number;
  /** kernel: taps (odd); sigma: bounds in pixels */
  blur: { probability: number; kernel: number; sigma: readonly [number, number] };
  solarize: number;
}

/** All crops of an image: one global of a recipe drawn with equal odds, and `locals` local ones. */
export interface MultiCrop {
  globals: readonly CropRecipe[];
  local: CropRecipe;
  /** local crops per image, n */
  locals: number;
  downsample: Downsample;
}

/**
 * StableRep's downsample augmentation: before everything else, with this probability, an image is shrunk and enlarged again.
 * Either its short side gets one of `sides` pixels and then `back`, as in StableRep's code, or it shrinks to one of `shares`
 * of its size and gets that back: the same for an image of 256 px, in proportion for others.
 */
export type Downsample = { probability: number } & (
  | { sides: readonly number[]; back: number }
  | { shares: readonly number[] }
);

const FULL_SIZE = 224;

/** The blur of spec §4.7 is stated for 224-px crops; kernel (kept odd, at least 3) and σ shrink with the crops of a tier. */
function blurAt(scale: number, probability: number): CropRecipe['blur'] {
  const kernel = Math.max(3, 2 * Math.round((9 * scale - 1) / 2) + 1);
  return { probability, kernel, sigma: [0.1 * scale, 2 * scale] };
}

/** At the paper's size to 64 or 128 px and back to 256; where crops are smaller, so are images, and the shares are kept. */
function downsampleAt(size: number, probability: number): Downsample {
  return size === FULL_SIZE
    ? { probability, sides: [64, 128], back: 256 }
    : { probability, shares: [64 / 256, 128 / 256] };
}

/**
 * SynCLR's crops (spec §4.7): 224-px global crops of area 0.32–1 in two types, four 96-px local crops of
 * area 0.08–0.32; patches of 14 px need local crops of 98 (as DINOv2's). Without local crops, the global ones start at an
 * area of 0.14, as the published code advises. Downsampling is in the paper's Table 12 without a probability, and not in the
 * published code; 0.05 is StableRep's.
 */
export function synclrCrops({ size = 224, localSize = 96, locals = 4, downsample = 0.05 } = {}): MultiCrop {
  const scale = size / FULL_SIZE;
  const shared = {
    flip: 0.5,
    jitter: { probability: 0.8, brightness: 0.4, contrast: 0.4, saturation: 0.2, hue: 0.1 },
    grayscale: 0.2,
  };
  const global = { ...shared, size, area: [locals > 0 ? 0.32 : 0.14, 1] as const };
  return {
    globals: [
      { ...global, blur: blurAt(scale, 1), solarize: 0 },
      { ...global, blur: blurAt(scale, 0.1), solarize: 0.2 },
    ],
    local: { ...shared, size: localSize, area: [0.08, 0.32], blur: blurAt(scale, 0.5), solarize: 0 },
    locals,
    downsample: downsampleAt(size, downsample),
  };
}

/** StableRep's single crop (spec §6): area 0.08–1, jitter 0.4, 0.4, 0.4, 0.1, blur with probability ½. */
export function stableRepCrops({ size = 224, downsample = 0.05 } = {}): MultiCrop {
  const recipe: CropRecipe = {
    size,
    area: [0.08, 1],
    flip: 0.5,
    jitter: { probability: 0.8, brightness: 0.4, contrast: 0.4, saturation: 0.4, hue: 0.1 },
    grayscale: 0.2,
    blur: blurAt(size / FULL_SIZE, 0.5),
    solarize: 0,
  };
  return {
    globals: [recipe],
    local: recipe,
    locals: 0,
    downsample: downsampleAt(size, downsample),
  };
}

/** OpenCLIP's single crop: area 0.9–1, nothing else. */
export function clipCrops({ size = 224 } = {}): MultiCrop {
  const recipe: CropRecipe = {
    size,
    area: [0.9, 1],
    flip: 0,
    jitter: { probability: 0, brightness: 0, contrast: 0, saturation: 0, hue: 0 },
    grayscale: 0,
    blur: blurAt(size / FULL_SIZE, 0),
    solarize: 0,
  };
  return { globals: [recipe], local: recipe, locals: 0, downsample: downsampleAt(size, 0) };
}
