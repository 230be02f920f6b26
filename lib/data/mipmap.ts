import type { Sprite } from './sprites.js';

/** Each level is this much smaller than the one above. */
const STEP = Math.SQRT2;

/** A sprite at ever smaller sizes, drawn when first asked for. */
export class Mipmap {
  private readonly levels: (Sprite | undefined)[] = [];

  constructor(private readonly sprite: Sprite) {}

  /** The smallest level that is not smaller than `pixels` a side (the sprite itself where none is). */
  level(pixels: number): Sprite {
    const k = Math.max(0, Math.floor(Math.log(this.sprite.size / Math.max(4, pixels)) / Math.log(STEP) + 1e-9));
    this.levels[k] ??= k === 0 ? this.sprite : shrink(this.sprite, Math.ceil(this.sprite.size / STEP ** k));
    return this.levels[k];
  }
}

/** Averages over areas: each new pixel is the mean of the part of the old picture that it covers. */
export function shrink(sprite: Sprite, size: number): Sprite {
  const rows = resizeAxis(sprite.data, sprite.size, sprite.size, size);
  return { size, data: resizeAxis(rows, size, sprite.size, size) };
}

/**
 * Shrinks [height, width, 4] to [height, size, 4] and transposes it to [size, height, 4], so that doing it twice shrinks both
 * axes and restores the order.
 */
function resizeAxis(data: Uint8Array, height: number, width: number, size: number): Uint8Array {
  const out = new Uint8Array(size * height * 4);
  const step = width / size;
  for (let x = 0; x < size; x++) {
    const from = x * step;
    const to = Math.min(width, from + step);
    for (let y = 0; y < height; y++) {
      let [r, g, b, a] = [0, 0, 0, 0];
      for (let u = Math.floor(from); u < to; u++) {
        const share = Math.min(u + 1, to) - Math.max(u, from);
        const i = 4 * (y * width + u);
        r += share * data[i];
        g += share * data[i + 1];
        b += share * data[i + 2];
        a += share * data[i + 3];
      }
      const o = 4 * (x * height + y);
      out[o] = Math.round(r / step);
      out[o + 1] = Math.round(g / step);
      out[o + 2] = Math.round(b / step);
      out[o + 3] = Math.round(a / step);
    }
  }
  return out;
}
