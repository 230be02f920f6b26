import type { Rng } from '../../random/rng.js';
import { gaussianBlur } from '../../synclr/augment/blur.js';
import {
  adjustBrightness,
  adjustContrast,
  adjustHue,
  adjustSaturation,
  toGrayscale,
} from '../../synclr/augment/colour.js';

const between = (rng: Rng, low: number, high: number) => low + (high - low) * rng.uniform();

/**
 * A training picture as another artist, or a generator, might have drawn it: colours of the thing and of the whole
 * moved, the picture bent, blurred, grained and partly covered. The judge sees three drawings of a thing and has to know
 * it in four other styles, so these disturbances are strong.
 *
 * @param image [S, S, 3] bytes
 * @param mask [S, S], above 0 where the thing is
 * @returns [S, S, 3], 0 to 255
 */
export function disturb(rng: Rng, image: Uint8Array, mask: Uint8Array): Float32Array {
  const size = Math.sqrt(mask.length);
  let rgb: Float32Array = Float32Array.from(image);
  const choices = rng.child('choices');
  if (choices.bernoulli(0.6)) jitterThing(rng.child('thing'), rgb, mask);
  if (choices.bernoulli(0.4)) jitter(rng.child('whole'), rgb, { light: 0.25, saturation: 0.3, hue: 0.03 });
  rgb = bend(rng.child('bend'), rgb, size);
  if (choices.bernoulli(0.05)) toGrayscale(rgb);
  if (choices.bernoulli(0.3)) {
    const sigma = between(rng.child('blur'), 0.3, 1.1);
    rgb = gaussianBlur(rgb, { width: size, height: size, size: 5, sigma });
  }
  if (choices.bernoulli(0.25)) grain(rng.child('grain'), rgb);
  if (choices.bernoulli(0.3)) cover(rng.child('cover'), rgb, size);
  return rgb;
}

function jitter(
  rng: Rng,
  rgb: Float32Array,
  { light, saturation, hue }: { light: number; saturation: number; hue: number },
) {
  adjustBrightness(rgb, between(rng, 1 - light, 1 + light));
  adjustContrast(rgb, between(rng, 1 - light, 1 + light));
  adjustSaturation(rgb, between(rng, 1 - saturation, 1 + saturation));
  adjustHue(rgb, between(rng, -hue, hue));
}

/** Families disagree on a thing's colours more than on those of its surroundings. */
function jitterThing(rng: Rng, rgb: Float32Array, mask: Uint8Array): void {
  const pixels = [...mask.keys()].filter((pixel) => mask[pixel] > 0);
  if (pixels.length === 0) return;
  const thing = new Float32Array(3 * pixels.length);
  for (const [i, pixel] of pixels.entries()) thing.set(rgb.subarray(3 * pixel, 3 * pixel + 3), 3 * i);
  jitter(rng, thing, { light: 0.35, saturation: 0.5, hue: 0.06 });
  for (const [i, pixel] of pixels.entries()) rgb.set(thing.subarray(3 * i, 3 * i + 3), 3 * pixel);
}

/** Turns, stretches, shears, shifts and bends a picture in smooth waves; what comes from outside repeats the border. */
function bend(rng: Rng, rgb: Float32Array, size: number): Float32Array {
  const angle = between(rng, -0.15, 0.15);
  const [sx, sy] = [between(rng, 0.82, 1.18), between(rng, 0.82, 1.18)];
  const [shear, tx, ty] = [between(rng, -0.12, 0.12), between(rng, -5, 5), between(rng, -5, 5)];
  const waves = Array.from({ length: 2 }, () => ({
    amplitude: between(rng, 0, 2),
    frequency: between(rng, 0.06, 0.16),
    phase: between(rng, 0, 2 * Math.PI),
  }));
  const [across, down] = waves.map(({ amplitude, frequency, phase }) =>
    Float32Array.from({ length: size }, (_, i) => amplitude * Math.sin(frequency * i + phase)),
  );
  const centre = (size - 1) / 2;
  const [cos, sin] = [Math.cos(angle), Math.sin(angle)];
  const out = new Float32Array(rgb.length);
  const limit = size - 1.001;
  for (let y = 0; y < size; y++) {
    for (let x = 0; x < size; x++) {
      const dx = (x - centre) * sx + (y - centre) * shear;
      const dy = (y - centre) * sy;
      const u = Math.min(limit, Math.max(0, cos * dx - sin * dy + centre + tx + across[y]));
      const v = Math.min(limit, Math.max(0, sin * dx + cos * dy + centre + ty + down[x]));
      const [x0, y0] = [u | 0, v | 0];
      const [fu, fv] = [u - x0, v - y0];
      const from = 3 * (y0 * size + x0);
      for (let c = 0; c < 3; c++) {
        const at = from + c;
        const upper = rgb[at] + (rgb[at + 3] - rgb[at]) * fu;
        const lower = rgb[at + 3 * size] + (rgb[at + 3 * size + 3] - rgb[at + 3 * size]) * fu;
        out[3 * (y * size + x) + c] = upper + (lower - upper) * fv;
      }
    }
  }
  return out;
}

function grain(rng: Rng, rgb: Float32Array): void {
  const strength = between(rng, 3, 14);
  const noise = rng.normals(rgb.length);
  for (let i = 0; i < rgb.length; i++) rgb[i] = Math.min(255, Math.max(0, rgb[i] + strength * noise[i]));
}

/** Covers a rectangle with one grey. */
function cover(rng: Rng, rgb: Float32Array, size: number): void {
  const [width, height] = [0, 1].map(() => Math.round(size * between(rng, 0.12, 0.35)));
  const [left, top] = [rng.int(size - width), rng.int(size - height)];
  const value = between(rng, 0, 255);
  for (let y = top; y < top + height; y++) rgb.fill(value, 3 * (y * size + left), 3 * (y * size + left + width));
}
