/**
 * torchvision's colour operations on RGB floats in [0, 255], in place. Factor 1 (hue: 0) leaves an image as it is. Unlike
 * torchvision on 8-bit images, nothing is rounded between two operations.
 */

const clamp = (v: number) => (v < 0 ? 0 : v > 255 ? 255 : v);
const luma = (r: number, g: number, b: number) => 0.299 * r + 0.587 * g + 0.114 * b;

/** rgb ← factor · rgb. */
export function adjustBrightness(rgb: Float32Array, factor: number): void {
  for (let i = 0; i < rgb.length; i++) rgb[i] = clamp(factor * rgb[i]);
}

/** rgb ← factor · rgb + (1 − factor) · mean luma of the image. */
export function adjustContrast(rgb: Float32Array, factor: number): void {
  let sum = 0;
  for (let i = 0; i < rgb.length; i += 3) sum += luma(rgb[i], rgb[i + 1], rgb[i + 2]);
  const offset = ((1 - factor) * sum * 3) / rgb.length;
  for (let i = 0; i < rgb.length; i++) rgb[i] = clamp(factor * rgb[i] + offset);
}

/** rgb ← factor · rgb + (1 − factor) · luma of the pixel. */
export function adjustSaturation(rgb: Float32Array, factor: number): void {
  for (let i = 0; i < rgb.length; i += 3) {
    const grey = (1 - factor) * luma(rgb[i], rgb[i + 1], rgb[i + 2]);
    rgb[i] = clamp(factor * rgb[i] + grey);
    rgb[i + 1] = clamp(factor * rgb[i + 1] + grey);
    rgb[i + 2] = clamp(factor * rgb[i + 2] + grey);
  }
}

/** Turns the hue of HSV by `shift` of a full circle; value and saturation stay. */
export function adjustHue(rgb: Float32Array, shift: number): void {
  const turn = 6 * (shift - Math.floor(shift));
  for (let i = 0; i < rgb.length; i += 3) {
    const r = rgb[i];
    const g = rgb[i + 1];
    const b = rgb[i + 2];
    const high = Math.max(r, g, b);
    const low = Math.min(r, g, b);
    const chroma = high - low;
    if (chroma === 0) continue;
    let hue = high === r ? (g - b) / chroma : high === g ? 2 + (b - r) / chroma : 4 + (r - g) / chroma;
    hue += turn;
    if (hue < 0) hue += 6;
    else if (hue >= 6) hue -= 6;
    const sextant = Math.floor(hue);
    const rest = hue - sextant;
    // Between the highest and the lowest channel lies one that falls in odd sextants and rises in even ones.
    const middle = sextant & 1 ? high - chroma * rest : low + chroma * rest;
    rgb[i] = sextant === 0 || sextant === 5 ? high : sextant === 1 || sextant === 4 ? middle : low;
    rgb[i + 1] = sextant === 1 || sextant === 2 ? high : sextant === 0 || sextant === 3 ? middle : low;
    rgb[i + 2] = sextant === 3 || sextant === 4 ? high : sextant === 2 || sextant === 5 ? middle : low;
  }
}

/** Every pixel becomes its luma. */
export function toGrayscale(rgb: Float32Array): void {
  for (let i = 0; i < rgb.length; i += 3) {
    const grey = luma(rgb[i], rgb[i + 1], rgb[i + 2]);
    rgb[i] = grey;
    rgb[i + 1] = grey;
    rgb[i + 2] = grey;
  }
}

/** Inverts values at or above the threshold. */
export function solarize(rgb: Float32Array, threshold = 128): void {
  for (let i = 0; i < rgb.length; i++) if (rgb[i] >= threshold) rgb[i] = 255 - rgb[i];
}
