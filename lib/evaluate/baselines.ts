import { InputError } from '../errors.js';
import type { ExtractFeatures } from './features.js';

/**
 * The floor that an encoder has to beat: the picture itself, averaged over areas to size × size × 3 (16 × 16 × 3 = 768
 * numbers, 0 … 1). The classifiers standardise each column by the train split, as they do for any feature.
 */
export function rawPixelFeatures({ size = 16 }: { size?: number } = {}): ExtractFeatures {
  return (images, { count, size: side }) => {
    const cell = side / size;
    if (!Number.isInteger(cell)) {
      throw new InputError({
        where: 'rawPixelFeatures',
        expected: `pictures whose side is a multiple of ${size}`,
        found: `${side} × ${side}`,
        fix: 'choose a size that divides the side',
      });
    }
    const features = new Float32Array(count * size * size * 3);
    const weight = 1 / (255 * cell * cell);
    for (let i = 0; i < count; i++) {
      for (let y = 0; y < side; y++) {
        for (let x = 0; x < side; x++) {
          const from = ((i * side + y) * side + x) * 3;
          const to = ((i * size + Math.floor(y / cell)) * size + Math.floor(x / cell)) * 3;
          for (let c = 0; c < 3; c++) features[to + c] += images[from + c] * weight;
        }
      }
    }
    return features;
  };
}
