import type { Rng } from '../../random/rng.js';

/**
 * Random erasing (Zhong et al., 2020) in timm's mode `pixel`: with this probability a rectangle of 2 to 33 % of the area,
 * aspect 0.3 to 3.3, becomes standard normal noise. In place, on a normalised image [size, size, 3].
 */
export function eraseRandomly(
  rng: Rng,
  image: Float32Array,
  { size, probability, area = [0.02, 1 / 3], aspect = [0.3, 1 / 0.3] }: ErasingOptions,
): void {
  if (!rng.bernoulli(probability)) return;
  const between = (low: number, high: number) => low + (high - low) * rng.uniform();
  for (let attempt = 0; attempt < 10; attempt++) {
    const pixels = between(...area) * size * size;
    const ratio = Math.exp(between(Math.log(aspect[0]), Math.log(aspect[1])));
    const height = Math.round(Math.sqrt(pixels * ratio));
    const width = Math.round(Math.sqrt(pixels / ratio));
    if (height >= size || width >= size) continue;
    const top = rng.int(size - height + 1);
    const left = rng.int(size - width + 1);
    for (let y = top; y < top + height; y++) image.set(rng.normals(3 * width), 3 * (y * size + left));
    return;
  }
}

export interface ErasingOptions {
  /** side in pixels */
  size: number;
  probability: number;
  area?: readonly [number, number];
  aspect?: readonly [number, number];
}
