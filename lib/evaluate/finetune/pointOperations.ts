import type { RgbImage } from '../../pictures/resample.js';

/**
 * Pillow's operations that need no neighbours, as RandAugment uses them: each gives a new image of 8-bit RGB. Where Pillow
 * rounds, these round alike.
 */
type Table = (value: number) => number;

const clip = (value: number) => Math.min(255, Math.max(0, value));

/** One table for all channels, or one for each. */
function lookUp(image: RgbImage, tables: Table | readonly Table[]): RgbImage {
  const bytes = (table: Table) => Uint8Array.from({ length: 256 }, (_, value) => table(value));
  const channels = typeof tables === 'function' ? Array(3).fill(bytes(tables)) : tables.map(bytes);
  return { ...image, data: image.data.map((value, i) => channels[i % 3][value]) };
}

const perChannel = (image: RgbImage, tableOf: (histogram: Uint32Array) => Table) =>
  lookUp(
    image,
    [0, 1, 2].map((channel) => tableOf(histogramOf(image, channel))),
  );

function histogramOf({ data }: RgbImage, channel: number): Uint32Array {
  const counts = new Uint32Array(256);
  for (let i = channel; i < data.length; i += 3) counts[data[i]]++;
  return counts;
}

/** The highest value that occurs. */
const highest = (counts: Uint32Array) => counts.reduce((last, count, value) => (count > 0 ? value : last), 0);

export const invert = (image: RgbImage) => lookUp(image, (value) => 255 - value);

/** Inverts values at or above the threshold. */
export const solarizeBytes = (image: RgbImage, threshold: number) =>
  lookUp(image, (value) => (value < threshold ? value : 255 - value));

/** Adds to values below 128. */
export const solarizeAdd = (image: RgbImage, added: number) =>
  lookUp(image, (value) => (value < 128 ? Math.min(255, value + added) : value));

/** Keeps the `bits` highest bits of each value. */
export function posterize(image: RgbImage, bits: number): RgbImage {
  const mask = (0xff << (8 - bits)) & 0xff;
  return lookUp(image, (value) => value & mask);
}

/** Stretches each channel to 0 … 255. */
export function autoContrast(image: RgbImage): RgbImage {
  return perChannel(image, (counts) => {
    const [low, high] = [counts.findIndex((n) => n > 0), highest(counts)];
    if (high <= low) return (value) => value;
    const scale = 255 / (high - low);
    return (value) => clip(Math.trunc(value * scale - low * scale));
  });
}

/** Makes the histogram of each channel as flat as a table of values can. */
export function equalize(image: RgbImage): RgbImage {
  return perChannel(image, (counts) => {
    const total = counts.reduce((sum, n) => sum + n, 0);
    const step = Math.floor((total - counts[highest(counts)]) / 255);
    if (step === 0) return (value) => value;
    let sum = step >> 1;
    const table = counts.map((count) => {
      const value = Math.floor(sum / step);
      sum += count;
      return clip(value);
    });
    return (value) => table[value];
  });
}

/** Pillow's luma of 16-bit integers. */
const luma = (r: number, g: number, b: number) => (r * 19595 + g * 38470 + b * 7471 + 0x8000) >> 16;

/** dull + factor·(image − dull): factor 1 is the image, 0 its dull version. Cut, not rounded, to whole numbers. */
function enhance(image: RgbImage, factor: number, dullAt: (i: number) => number): RgbImage {
  const single = Math.fround(factor);
  return {
    ...image,
    data: image.data.map((value, i) => {
      const dull = dullAt(i);
      return Math.trunc(clip(Math.fround(dull + Math.fround(single * (value - dull)))));
    }),
  };
}

export const enhanceBrightness = (image: RgbImage, factor: number) => enhance(image, factor, () => 0);

export function enhanceColour(image: RgbImage, factor: number): RgbImage {
  const { data } = image;
  return enhance(image, factor, (i) => {
    const pixel = i - (i % 3);
    return luma(data[pixel], data[pixel + 1], data[pixel + 2]);
  });
}

/** Away from, or towards, the mean luma of the image. */
export function enhanceContrast(image: RgbImage, factor: number): RgbImage {
  const { data } = image;
  let sum = 0;
  for (let i = 0; i < data.length; i += 3) sum += luma(data[i], data[i + 1], data[i + 2]);
  const mean = Math.trunc((3 * sum) / data.length + 0.5);
  return enhance(image, factor, () => mean);
}

/** Away from, or towards, a smoothed image; the outermost pixels stay. */
export function enhanceSharpness(image: RgbImage, factor: number): RgbImage {
  const smooth = smoothed(image);
  return enhance(image, factor, (i) => smooth[i]);
}

/** 3 × 3 mean with five shares of thirteen for the middle. */
function smoothed({ width, height, data }: RgbImage): Uint8Array {
  const out = data.slice();
  const row = 3 * width;
  for (let y = 1; y < height - 1; y++) {
    for (let i = y * row + 3; i < (y + 1) * row - 3; i++) {
      let sum = 4 * data[i];
      for (const above of [i - row, i, i + row]) sum += data[above - 3] + data[above] + data[above + 3];
      out[i] = Math.trunc(sum / 13 + 0.5);
    }
  }
  return out;
}
