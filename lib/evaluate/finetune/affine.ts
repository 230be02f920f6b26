import type { RgbImage } from '../../pictures/resample.js';

/** Output pixel (x, y) shows the input at (a·x + b·y + c, d·x + e·y + f); pixel centres lie at whole numbers and a half. */
export type Affine = readonly [a: number, b: number, c: number, d: number, e: number, f: number];

export type Fill = readonly [number, number, number];

/** Weights of four neighbours in a row at distance `t` behind the second: the cubic with a = −1 that Pillow turns images with. */
function cubicWeights(t: number): [number, number, number, number] {
  const u = 1 - t;
  return [-t * u * u, 1 + t * t * (t - 2), t * (1 + t - t * t), -t * t * u];
}

/**
 * An image moved, sheared or turned within its frame, bicubic, as Pillow's `transform` does it: what comes from outside
 * the image is `fill`, and neighbours beyond its border are those at the border.
 */
export function transformAffine(image: RgbImage, [a, b, c, d, e, f]: Affine, fill: Fill): RgbImage {
  const { width, height } = image;
  const data = new Uint8Array(image.data.length);
  for (let y = 0, to = 0; y < height; y++) {
    for (let x = 0; x < width; x++, to += 3) {
      const sx = a * (x + 0.5) + b * (y + 0.5) + c;
      const sy = d * (x + 0.5) + e * (y + 0.5) + f;
      if (sx < 0 || sx >= width || sy < 0 || sy >= height) data.set(fill, to);
      else sample(image, sx - 0.5, sy - 0.5, data, to);
    }
  }
  return { width, height, data };
}

/** Writes the colour at (x, y), counted in pixels from the first one's centre. */
function sample({ width, height, data }: RgbImage, x: number, y: number, out: Uint8Array, to: number): void {
  const [left, top] = [Math.floor(x), Math.floor(y)];
  const across = cubicWeights(x - left);
  const down = cubicWeights(y - top);
  const within = (i: number, length: number) => Math.min(length - 1, Math.max(0, i));
  for (let channel = 0; channel < 3; channel++) {
    let sum = 0;
    for (let j = 0; j < 4; j++) {
      const row = within(top + j - 1, height) * width;
      let line = 0;
      for (let i = 0; i < 4; i++) line += across[i] * data[3 * (row + within(left + i - 1, width)) + channel];
      sum += down[j] * line;
    }
    out[to + channel] = Math.min(255, Math.max(0, Math.trunc(sum)));
  }
}

export const shearX = (factor: number): Affine => [1, factor, 0, 0, 1, 0];
export const shearY = (factor: number): Affine => [1, 0, 0, factor, 1, 0];
export const translate = (x: number, y: number): Affine => [1, 0, x, 0, 1, y];

/** Counterclockwise about the middle, in degrees. */
export function rotation(degrees: number, { width, height }: { width: number; height: number }): Affine {
  const angle = (-degrees * Math.PI) / 180;
  const [cos, sin] = [Math.cos(angle), Math.sin(angle)];
  const [x, y] = [width / 2, height / 2];
  return [cos, sin, x - cos * x - sin * y, -sin, cos, y + sin * x - cos * y];
}
