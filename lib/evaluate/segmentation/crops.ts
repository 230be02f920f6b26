import { normalisations, normaliseInto } from '../../pictures/normalise.js';
import { cropAndResize } from '../../pictures/resample.js';
import type { Rng } from '../../random/rng.js';
import type { SegmentationConfig } from './config.js';
import { IGNORED, type MaskedImage } from './maskedImages.js';
import { distortColours } from './photometric.js';
import type { Canvas } from './slidingWindow.js';

interface Size {
  width: number;
  height: number;
}

/** A picture and its mask in floats: rgb [height, width, 3], 0 … 255. */
interface Resized extends Size {
  rgb: Float32Array;
  mask: Uint8Array;
}

/** The size of a picture whose shorter side becomes `shorter`, unless the longer would be above `longer`. */
export function fittedSize({ width, height }: Size, shorter: number, longer: number): Size {
  const scale = Math.min(shorter / Math.min(width, height), longer / Math.max(width, height));
  return { width: Math.max(1, Math.round(width * scale)), height: Math.max(1, Math.round(height * scale)) };
}

/** Pictures bilinear (smoothed when they shrink), masks by their nearest pixel. */
function resize({ image, mask }: MaskedImage, { width, height }: Size): Resized {
  const full = { left: 0, top: 0, width: image.width, height: image.height };
  const out = new Uint8Array(width * height);
  for (let y = 0; y < height; y++) {
    const row = Math.floor(((y + 0.5) * image.height) / height) * image.width;
    for (let x = 0; x < width; x++) out[y * width + x] = mask[row + Math.floor(((x + 0.5) * image.width) / width)];
  }
  return { width, height, rgb: cropAndResize(image, full, { width, height, kernel: 'bilinear' }), mask: out };
}

/**
 * One training crop: the picture at a random size, a random crop (of pictures that are smaller, all, and beyond it the mean
 * colour and IGNORED), flip, colours, normalisation. → pixels [crop, crop, 3] and mask [crop, crop].
 */
export function trainingCrop(
  rng: Rng,
  given: MaskedImage,
  config: SegmentationConfig,
): { pixels: Float32Array; mask: Int32Array } {
  const { crop, shorterSide, longerSide, augmentation, normalisation } = config;
  const [least, most] = augmentation.scale;
  const factor = least + (most - least) * rng.uniform();
  const resized = resize(given, fittedSize(given.image, shorterSide * factor, longerSide * factor));
  const { rgb, mask, ...size } = cut(resized, drawCrop(rng, resized, crop, augmentation.largestShare));
  const flip = rng.bernoulli(augmentation.flip);
  if (augmentation.photometric) distortColours(rng.child('colours'), rgb);
  const normal = new Float32Array(rgb.length);
  normaliseInto(normal, 0, rgb, normalisations[normalisation]);
  const pixels = new Float32Array(3 * crop * crop);
  const labels = new Int32Array(crop * crop).fill(IGNORED);
  for (let y = 0; y < size.height; y++) {
    for (let x = 0; x < size.width; x++) {
      const from = y * size.width + (flip ? size.width - 1 - x : x);
      const to = y * crop + x;
      labels[to] = mask[from];
      for (let c = 0; c < 3; c++) pixels[3 * to + c] = normal[3 * from + c];
    }
  }
  return { pixels, mask: labels };
}

interface Corner extends Size {
  left: number;
  top: number;
}

function drawCrop(rng: Rng, resized: Resized, crop: number, largestShare: number): Corner {
  const { width, height } = resized;
  const draw = (): Corner => ({
    top: rng.int(Math.max(0, height - crop) + 1),
    left: rng.int(Math.max(0, width - crop) + 1),
    width: Math.min(crop, width),
    height: Math.min(crop, height),
  });
  let corner = draw();
  for (let tries = 1; tries < 10 && isMonotonous(cut(resized, corner).mask, largestShare); tries++) corner = draw();
  return corner;
}

/** Whether one class fills more than this share of what has a class. */
function isMonotonous(mask: Uint8Array, largestShare: number): boolean {
  const counts = new Uint32Array(256);
  for (const label of mask) counts[label]++;
  counts[IGNORED] = 0;
  const most = counts.reduce((a, b) => Math.max(a, b));
  return most >= largestShare * counts.reduce((a, b) => a + b);
}

function cut({ width, rgb, mask }: Resized, corner: Corner): Resized {
  const out = {
    ...corner,
    rgb: new Float32Array(3 * corner.width * corner.height),
    mask: new Uint8Array(corner.width * corner.height),
  };
  for (let y = 0; y < corner.height; y++) {
    const from = (corner.top + y) * width + corner.left;
    out.rgb.set(rgb.subarray(3 * from, 3 * (from + corner.width)), 3 * y * corner.width);
    out.mask.set(mask.subarray(from, from + corner.width), y * corner.width);
  }
  return out;
}

/** A test picture at its size, normalised, with the mean colour beyond it where it is smaller than a window. */
export function testCanvas(
  image: MaskedImage['image'],
  { crop, shorterSide, longerSide, normalisation }: SegmentationConfig,
): { canvas: Canvas; size: Size } {
  const size = fittedSize(image, shorterSide, longerSide);
  const { rgb } = resize({ image, mask: new Uint8Array(image.width * image.height) }, size);
  const normal = new Float32Array(rgb.length);
  normaliseInto(normal, 0, rgb, normalisations[normalisation]);
  const [width, height] = [Math.max(crop, size.width), Math.max(crop, size.height)];
  const data = new Float32Array(3 * width * height);
  for (let y = 0; y < size.height; y++) {
    data.set(normal.subarray(3 * y * size.width, 3 * (y + 1) * size.width), 3 * y * width);
  }
  return { canvas: { width, height, data }, size };
}
