import type { Rng } from '../random/rng.js';
import { gaussianBlur } from './blur.js';
import {
  adjustBrightness,
  adjustContrast,
  adjustHue,
  adjustSaturation,
  solarize as solarizeAbove,
  toGrayscale,
} from './colour.js';
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

/** What was drawn for one crop. */
export interface CropDraw {
  /** side of the crop in pixels */
  size: number;
  box: Box;
  flip: boolean;
  /** torchvision's ColorJitter: factors of brightness, contrast, saturation and hue, and the order they are applied in */
  jitter: { factors: readonly number[]; order: readonly number[] } | null;
  grayscale: boolean;
  blur: { kernel: number; sigma: number } | null;
  solarize: boolean;
}

const JITTERS = [adjustBrightness, adjustContrast, adjustSaturation, adjustHue];

function drawJitter(rng: Rng, { brightness, contrast, saturation, hue }: CropRecipe['jitter']): CropDraw['jitter'] {
  const around = (centre: number, spread: number) =>
    Math.max(0, centre - spread) + rng.uniform() * (centre + spread - Math.max(0, centre - spread));
  const factors = [around(1, brightness), around(1, contrast), around(1, saturation), (2 * rng.uniform() - 1) * hue];
  return { factors, order: rng.shuffle([0, 1, 2, 3]) };
}

/** Draws one crop of an image of this size. All randomness of a crop is here. */
export function drawCrop(rng: Rng, image: Size, recipe: CropRecipe): CropDraw {
  const { size, area, flip, jitter, grayscale, blur, solarize } = recipe;
  const drawSigma = () => blur.sigma[0] + (blur.sigma[1] - blur.sigma[0]) * rng.uniform();
  return {
    size,
    box: randomCropBox(rng, image, area),
    flip: rng.bernoulli(flip),
    jitter: rng.bernoulli(jitter.probability) ? drawJitter(rng, jitter) : null,
    grayscale: rng.bernoulli(grayscale),
    blur: rng.bernoulli(blur.probability) ? { kernel: blur.kernel, sigma: drawSigma() } : null,
    solarize: rng.bernoulli(solarize),
  };
}

/**
 * Cuts a crop as it was drawn: RGB floats in [0, 255], [size, size, 3]. Order as in spec §4.7: crop, flip, jitter,
 * grayscale, blur, solarize. `cutCrops` does the same to a batch, in a compiled step.
 */
export function cutCrop(image: RgbImage, draw: CropDraw): Float32Array {
  const { size, box, flip, jitter, grayscale, blur, solarize } = draw;
  const rgb = cropAndResize(image, box, { width: size, height: size, flip });
  for (const i of jitter?.order ?? []) JITTERS[i](rgb, jitter!.factors[i]);
  if (grayscale) toGrayscale(rgb);
  if (blur) gaussianBlur(rgb, { width: size, height: size, size: blur.kernel, sigma: blur.sigma });
  if (solarize) solarizeAbove(rgb);
  return rgb;
}

/** One augmented crop, drawn and cut: RGB floats in [0, 255], [size, size, 3]. */
export function augmentCrop(rng: Rng, image: RgbImage, recipe: CropRecipe): Float32Array {
  return cutCrop(image, drawCrop(rng, image, recipe));
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

/** The crops of one image, drawn: of `source`, which is the image, or the image shrunk and enlarged again. */
export interface MultiCropDraw {
  source: RgbImage;
  global: CropDraw;
  locals: CropDraw[];
}

/**
 * Draws all crops of one image, a pure function of (rng, image): `rng` should be the stream of (seed, step or epoch, image);
 * every view has a stream of its own below it.
 */
export function drawMultiCrop(
  rng: Rng,
  image: RgbImage,
  { globals, local, locals, downsample }: MultiCrop,
): MultiCropDraw {
  const choices = rng.child('choices');
  const shrink = choices.bernoulli(downsample.probability);
  const source = shrink ? downsampleBy(choices, image, downsample) : image;
  return {
    source,
    global: drawCrop(rng.child('global'), source, choices.choice(globals)),
    locals: Array.from({ length: locals }, (_, view) => drawCrop(rng.child('local', view), source, local)),
  };
}

/** All crops of one image, as `drawMultiCrop` draws them: RGB floats in [0, 255]. */
export function multiCrop(
  rng: Rng,
  image: RgbImage,
  crops: MultiCrop,
): { global: Float32Array; locals: Float32Array[] } {
  const { source, global, locals } = drawMultiCrop(rng, image, crops);
  return {
    global: cutCrop(source, global),
    locals: locals.map((local) => cutCrop(source, local)),
  };
}
