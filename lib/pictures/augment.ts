import type { Rng } from '../random/rng.js';
import { gaussianBlur } from './blur.js';
import { adjustBrightness, adjustContrast, adjustHue, adjustSaturation, solarize, toGrayscale } from './colour.js';
import type { CropRecipe, Downsample, MultiCrop } from './recipes.js';
import { type Box, cropAndResize, type RgbImage } from './resample.js';

/**
 * torchvision's RandomResizedCrop: ten tries of an area share in `area` and an aspect in [3/4, 4/3] (log-uniform), then
 * the largest centred box of a permitted aspect.
 */
export function randomCropBox(
  rng: Rng,
  { width, height }: { width: number; height: number },
  area: readonly [number, number],
  aspect: readonly [number, number] = [3 / 4, 4 / 3],
): Box {
  const [low, high] = aspect.map(Math.log);
  for (let attempt = 0; attempt < 10; attempt++) {
    const pixels = width * height * (area[0] + (area[1] - area[0]) * rng.uniform());
    const ratio = Math.exp(low + (high - low) * rng.uniform());
    const w = Math.round(Math.sqrt(pixels * ratio));
    const h = Math.round(Math.sqrt(pixels / ratio));
    if (w > 0 && w <= width && h > 0 && h <= height) {
      return { left: rng.int(width - w + 1), top: rng.int(height - h + 1), width: w, height: h };
    }
  }
  const ratio = Math.min(aspect[1], Math.max(aspect[0], width / height));
  const w = Math.min(width, Math.round(height * ratio));
  const h = Math.min(height, Math.round(width / ratio));
  return { left: (width - w) >> 1, top: (height - h) >> 1, width: w, height: h };
}

/** torchvision's ColorJitter: four factors drawn uniformly, applied in a random order. In place. */
function jitter(rng: Rng, rgb: Float32Array, { brightness, contrast, saturation, hue }: CropRecipe['jitter']): void {
  const around = (centre: number, spread: number) =>
    Math.max(0, centre - spread) + rng.uniform() * (centre + spread - Math.max(0, centre - spread));
  const factors = [around(1, brightness), around(1, contrast), around(1, saturation), (2 * rng.uniform() - 1) * hue];
  const operations = [adjustBrightness, adjustContrast, adjustSaturation, adjustHue];
  for (const i of rng.shuffle([0, 1, 2, 3])) operations[i](rgb, factors[i]);
}

/**
 * One augmented crop, RGB floats in [0, 255], [size, size, 3]. Order as in spec §4.7: crop, flip, jitter, grayscale, blur,
 * solarize. All randomness comes from `rng`.
 */
export function augmentCrop(rng: Rng, image: RgbImage, recipe: CropRecipe): Float32Array {
  const { size, blur } = recipe;
  const box = randomCropBox(rng, image, recipe.area);
  const flip = rng.bernoulli(recipe.flip);
  const rgb = cropAndResize(image, box, { width: size, height: size, flip });
  if (rng.bernoulli(recipe.jitter.probability)) jitter(rng, rgb, recipe.jitter);
  if (rng.bernoulli(recipe.grayscale)) toGrayscale(rgb);
  if (rng.bernoulli(blur.probability)) {
    const sigma = blur.sigma[0] + (blur.sigma[1] - blur.sigma[0]) * rng.uniform();
    gaussianBlur(rgb, { width: size, height: size, size: blur.kernel, sigma });
  }
  if (rng.bernoulli(recipe.solarize)) solarize(rgb);
  return rgb;
}

type Size = Pick<RgbImage, 'width' | 'height'>;

/** The size at which the short side has so many pixels, as torchvision's Resize has it: the long side is rounded down. */
export function withShortSide({ width, height }: Size, side: number): Size {
  const long = Math.floor((side * Math.max(width, height)) / Math.min(width, height));
  return width < height ? { width: side, height: long } : { width: long, height: side };
}

/** The image resized to a smaller size and from there to another, bilinear and in 8 bits: StableRep's downsampling. */
export function downsampleImage(image: RgbImage, small: Size, back: Size): RgbImage {
  const resize = (from: RgbImage, { width, height }: Size): RgbImage => {
    const rgb = cropAndResize(from, { left: 0, top: 0, ...sizeOf(from) }, { width, height, kernel: 'bilinear' });
    return { width, height, data: Uint8Array.from(rgb, Math.round) };
  };
  return resize(resize(image, small), back);
}

const sizeOf = ({ width, height }: Size): Size => ({ width, height });

/** `downsampleImage` with a drawn size. */
function downsampleBy(rng: Rng, image: RgbImage, by: Downsample): RgbImage {
  if ('sides' in by) {
    const small = withShortSide(image, rng.choice(by.sides));
    return downsampleImage(image, small, withShortSide(small, by.back));
  }
  const share = rng.choice(by.shares);
  const shrunk = (side: number) => Math.max(1, Math.round(side * share));
  return downsampleImage(image, { width: shrunk(image.width), height: shrunk(image.height) }, sizeOf(image));
}

/**
 * All crops of one image, a pure function of (rng, image): `rng` should be the stream of (seed, step or epoch, image);
 * every view has a stream of its own below it.
 */
export function multiCrop(
  rng: Rng,
  image: RgbImage,
  { globals, local, locals, downsample }: MultiCrop,
): { global: Float32Array; locals: Float32Array[] } {
  const choices = rng.child('choices');
  const shrink = choices.bernoulli(downsample.probability);
  const source = shrink ? downsampleBy(choices, image, downsample) : image;
  const recipe = choices.choice(globals);
  return {
    global: augmentCrop(rng.child('global'), source, recipe),
    locals: Array.from({ length: locals }, (_, view) => augmentCrop(rng.child('local', view), source, local)),
  };
}
