import { adjustHue } from '../../pictures/colour.js';
import type { Rng } from '../../random/rng.js';

const clamp = (value: number) => Math.min(255, Math.max(0, value));

/**
 * mmsegmentation's photometric distortion, in place on RGB floats in [0, 255]: each with probability ½, brightness ± 32,
 * contrast × 0.5 … 1.5 (first or last, equally often), saturation × 0.5 … 1.5 and hue ± a tenth of the circle.
 */
export function distortColours(rng: Rng, rgb: Float32Array): void {
  const between = (low: number, high: number) => low + (high - low) * rng.uniform();
  const sometimes = (change: () => void) => {
    if (rng.bernoulli(0.5)) change();
  };
  const contrast = () => {
    const factor = between(0.5, 1.5);
    for (let i = 0; i < rgb.length; i++) rgb[i] = clamp(rgb[i] * factor);
  };
  sometimes(() => {
    const added = between(-32, 32);
    for (let i = 0; i < rgb.length; i++) rgb[i] = clamp(rgb[i] + added);
  });
  const first = rng.bernoulli(0.5);
  if (first) sometimes(contrast);
  sometimes(() => scaleSaturation(rgb, between(0.5, 1.5)));
  sometimes(() => adjustHue(rgb, between(-0.1, 0.1)));
  if (!first) sometimes(contrast);
}

/** HSV's saturation times a factor, at most 1; hue and value stay. */
export function scaleSaturation(rgb: Float32Array, factor: number): void {
  for (let i = 0; i < rgb.length; i += 3) {
    const high = Math.max(rgb[i], rgb[i + 1], rgb[i + 2]);
    const low = Math.min(rgb[i], rgb[i + 1], rgb[i + 2]);
    if (high === low) continue;
    const stretch = Math.min(factor, high / (high - low));
    for (let c = i; c < i + 3; c++) rgb[c] = high - (high - rgb[c]) * stretch;
  }
}
