import { gaussianBlur } from '../../pictures/blur.js';
import { adjustBrightness, adjustContrast, adjustHue, adjustSaturation, toGrayscale } from '../../pictures/colour.js';
import type { Rng } from '../../random/rng.js';

const between = (rng: Rng, low: number, high: number) => low + (high - low) * rng.uniform();

/**
 * A training picture as another artist, or a generator, might have drawn it: the thing outlined, shaded or flattened, its
 * colours and those of the whole moved, the picture bent, blurred, grained and partly covered. The judge sees three to
 * five drawings of a thing and has to know it in four other styles, so the disturbances are strong; how strong differs from
 * picture to picture, from not at all on.
 *
 * @param image [S, S, 3] bytes
 * @param mask [S, S], above 0 where the thing is
 * @returns [S, S, 3], 0 to 255
 */
export function disturb(rng: Rng, image: Uint8Array, mask: Uint8Array): Float32Array {
  const size = Math.sqrt(mask.length);
  let rgb: Float32Array = Float32Array.from(image);
  const strength = rng.child('strength').uniform();
  const choices = rng.child('choices');
  const happens = (odds: number) => choices.bernoulli(odds * strength);
  if (happens(0.7)) restyle(rng.child('style'), rgb, mask);
  if (happens(0.9)) recolour(rng.child('thing'), rgb, mask);
  if (happens(0.6)) jitter(rng.child('whole'), rgb, { light: 0.25, saturation: 0.3, hue: 0.03 });
  rgb = bend(rng.child('bend'), rgb, { size, strength });
  if (happens(0.08)) toGrayscale(rgb);
  if (happens(0.4)) {
    const sigma = (between(rng.child('blur'), 0.3, 1.1) * size) / 64;
    gaussianBlur(rgb, { width: size, height: size, size: 5, sigma });
  }
  if (happens(0.35)) grain(rng.child('grain'), rgb);
  if (happens(0.4)) cover(rng.child('cover'), rgb, size);
  return rgb;
}

/** One of three ways in which artists differ: a dark outline, a shade across the thing, flat colours. */
function restyle(rng: Rng, rgb: Float32Array, mask: Uint8Array): void {
  const style = rng.choice([outline, shade, flatten]);
  style(rng, rgb, mask);
}

/** Darkens the thing where it ends and where its colours change. */
function outline(rng: Rng, rgb: Float32Array, mask: Uint8Array): void {
  const size = Math.sqrt(mask.length);
  const strength = between(rng, 0.4, 1);
  const inside = between(rng, 0, 0.02);
  const before = rgb.slice();
  for (let pixel = 0; pixel < mask.length; pixel++) {
    if (mask[pixel] === 0) continue;
    let edge = 0;
    for (const step of [-1, 1, -size, size]) {
      const other = pixel + step;
      if (!(mask[other] > 0)) edge = 1;
      else {
        let change = 0;
        for (let c = 0; c < 3; c++) change += Math.abs(before[3 * pixel + c] - before[3 * other + c]);
        edge = Math.max(edge, Math.min(1, inside * (change - 40)));
      }
    }
    for (let c = 0; c < 3; c++) rgb[3 * pixel + c] *= 1 - strength * edge;
  }
}

/** Light from one side, as where flat colours become gradients. */
function shade(rng: Rng, rgb: Float32Array, mask: Uint8Array): void {
  const size = Math.sqrt(mask.length);
  const angle = between(rng, 0, 2 * Math.PI);
  const strength = between(rng, 0.2, 0.7);
  for (let pixel = 0; pixel < mask.length; pixel++) {
    if (mask[pixel] === 0) continue;
    const x = (2 * (pixel % size)) / size - 1;
    const y = (2 * Math.floor(pixel / size)) / size - 1;
    const light = 1 + strength * (Math.cos(angle) * x + Math.sin(angle) * y);
    for (let c = 0; c < 3; c++) rgb[3 * pixel + c] = Math.min(255, rgb[3 * pixel + c] * light);
  }
}

/** Few levels of each colour, as where gradients become flat. */
function flatten(rng: Rng, rgb: Float32Array, mask: Uint8Array): void {
  const step = 255 / (1 + rng.int(4));
  const shift = between(rng, 0, step);
  for (let pixel = 0; pixel < mask.length; pixel++) {
    if (mask[pixel] === 0) continue;
    for (let at = 3 * pixel; at < 3 * pixel + 3; at++) {
      rgb[at] = Math.min(255, Math.max(0, step * Math.round((rgb[at] - shift) / step) + shift));
    }
  }
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

/**
 * Families disagree on a thing's colours more than on those of its surroundings: a bell is golden or silver, an owl any
 * colour. So at times only shapes are left to go by.
 */
function recolour(rng: Rng, rgb: Float32Array, mask: Uint8Array): void {
  const pixels = [...mask.keys()].filter((pixel) => mask[pixel] > 0);
  if (pixels.length === 0) return;
  const thing = new Float32Array(3 * pixels.length);
  for (const [i, pixel] of pixels.entries()) thing.set(rgb.subarray(3 * pixel, 3 * pixel + 3), 3 * i);
  jitter(rng, thing, { light: 0.4, saturation: 0.6, hue: rng.bernoulli(0.3) ? 0.5 : 0.07 });
  if (rng.bernoulli(0.15)) toGrayscale(thing);
  for (const [i, pixel] of pixels.entries()) rgb.set(thing.subarray(3 * i, 3 * i + 3), 3 * pixel);
}

/** Turns, stretches, shears, shifts and bends a picture in smooth waves; what comes from outside repeats the border. */
function bend(rng: Rng, rgb: Float32Array, { size, strength }: { size: number; strength: number }): Float32Array {
  const within = (limit: number) => between(rng, -limit, limit) * strength;
  const angle = within(0.2);
  // Lengths are those of 64 pixels.
  const unit = size / 64;
  const [sx, sy] = [1 + within(0.25), 1 + within(0.25)];
  const [shear, tx, ty] = [within(0.2), within(6) * unit, within(6) * unit];
  const waves = Array.from({ length: 2 }, () => ({
    amplitude: within(3) * unit,
    frequency: between(rng, 0.06, 0.2) / unit,
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
