import { InputError } from '../errors.js';
import type { ExtractFeatures } from './features.js';

/**
 * The floor that an encoder has to beat: the picture itself, averaged over areas to size × size × 3 (16 × 16 × 3 = 768
 * numbers, 0 … 1). The classifiers standardise each column by the train split, as they do for any feature.
 */
export function rawPixelFeatures({ size = 16 }: { size?: number } = {}): ExtractFeatures {
  return ({ images, height, width }) => {
    if (height % size !== 0 || width % size !== 0) {
      throw new InputError({
        where: 'rawPixelFeatures',
        expected: `pictures whose sides are multiples of ${size}`,
        found: `${height} × ${width}`,
        fix: 'choose a size that divides both sides',
      });
    }
    const [cellHeight, cellWidth] = [height / size, width / size];
    const count = images.length / (height * width * 3);
    const features = new Float32Array(count * size * size * 3);
    const weight = 1 / (255 * cellHeight * cellWidth);
    for (let i = 0; i < count; i++) {
      for (let y = 0; y < height; y++) {
        const cellRow = Math.floor(y / cellHeight);
        for (let x = 0; x < width; x++) {
          const from = ((i * height + y) * width + x) * 3;
          const to = ((i * size + cellRow) * size + Math.floor(x / cellWidth)) * 3;
          for (let c = 0; c < 3; c++) features[to + c] += images[from + c] * weight;
        }
      }
    }
    return features;
  };
}
