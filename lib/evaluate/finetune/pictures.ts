import { randomCropBox } from '../../pictures/augment.js';
import { normalisations, normaliseInto } from '../../pictures/normalise.js';
import { cropAndResize, type RgbImage } from '../../pictures/resample.js';
import type { Rng } from '../../random/rng.js';
import type { FinetuneConfig } from './config.js';
import { randAugment } from './randAugment.js';
import { eraseRandomly } from './randomErasing.js';

/**
 * One training picture, normalised, [size, size, 3]: random resized crop (bicubic), flip, RandAugment on 8-bit colours,
 * normalisation, random erasing: timm's order.
 */
export function trainingPicture(
  rng: Rng,
  image: RgbImage,
  size: number,
  { area, flip, randAugment: policy, erasing, normalisation }: FinetuneConfig,
): Float32Array {
  const box = randomCropBox(rng, image, area);
  const cropped = cropAndResize(image, box, { width: size, height: size, flip: rng.bernoulli(flip) });
  const bytes: RgbImage = { width: size, height: size, data: Uint8Array.from(cropped, Math.round) };
  const statistics = normalisations[normalisation];
  const [red, green, blue] = statistics.mean.map((mean) => Math.round(255 * mean));
  const { data } = policy ? randAugment(rng.child('RandAugment'), bytes, policy, [red, green, blue]) : bytes;
  const out = new Float32Array(data.length);
  normaliseInto(out, 0, data, statistics);
  eraseRandomly(rng.child('erasing'), out, { size, probability: erasing });
  return out;
}

/** A test picture, normalised, [size, size, 3]: resized to size / ratio (bicubic), and its middle cut out. */
export function testPicture(
  image: RgbImage,
  size: number,
  { testCropRatio, normalisation }: Pick<FinetuneConfig, 'testCropRatio' | 'normalisation'>,
): Float32Array {
  const shorter = Math.trunc(size / testCropRatio);
  const scale = shorter / Math.min(image.width, image.height);
  const width = Math.max(shorter, Math.trunc(image.width * scale));
  const height = Math.max(shorter, Math.trunc(image.height * scale));
  const resized = cropAndResize(
    image,
    { left: 0, top: 0, width: image.width, height: image.height },
    { width, height },
  );
  const [top, left] = [height, width].map((side) => Math.round((side - size) / 2));
  const middle = new Uint8Array(3 * size * size);
  for (let y = 0; y < size; y++) {
    const from = 3 * ((top + y) * width + left);
    middle.set(Uint8Array.from(resized.subarray(from, from + 3 * size), Math.round), 3 * size * y);
  }
  const out = new Float32Array(middle.length);
  normaliseInto(out, 0, middle, normalisations[normalisation]);
  return out;
}
