import sharp from 'sharp';

/** Oversampling of the SVG before it is trimmed and brought to the sprite's size. */
const OVERSAMPLE = 3;
/** Transparent rim of every sprite in pixels, so that bilinear samples at the border fade out. */
export const SPRITE_RIM = 1;

/**
 * Draws an SVG into a square, trimmed to what is visible: the longer side of the drawing fills the square but for
 * a rim of one pixel, the shorter side is centred. Every family thus draws at the same apparent size.
 *
 * @param size  side of the square in pixels
 * @returns [size, size, 4] bytes, RGB premultiplied by alpha
 */
export async function renderSprite(svg: string, size: number): Promise<Uint8Array> {
  const large = size * OVERSAMPLE;
  const { data, info } = await sharp(Buffer.from(svg), { density: 72 })
    .metadata()
    .then(({ width, height }) =>
      // The density makes librsvg draw the vectors at the size we want, rather than enlarging pixels.
      sharp(Buffer.from(svg), { density: (72 * large) / Math.max(width, height) })
        .ensureAlpha()
        .raw()
        .toBuffer({ resolveWithObject: true }),
    );
  return fitSprite(data, info, size);
}

/**
 * A picture with alpha, trimmed to what is visible and fitted into a square as `renderSprite` does. A small one is enlarged.
 * @param rgba  [height, width, 4] bytes, not premultiplied
 * @returns [size, size, 4] bytes, RGB premultiplied by alpha
 */
export async function fitSprite(
  rgba: Uint8Array,
  { width: wide, height: high }: { width: number; height: number },
  size: number,
): Promise<Uint8Array> {
  const box = visibleBox(rgba, wide, high);
  const inner = size - 2 * SPRITE_RIM;
  const scale = inner / Math.max(box.width, box.height);
  const width = Math.max(1, Math.round(box.width * scale));
  const height = Math.max(1, Math.round(box.height * scale));
  const left = Math.floor((size - width) / 2);
  const top = Math.floor((size - height) / 2);
  const raw = { width: wide, height: high, channels: 4 as const };
  const straight = await sharp(rgba, { raw })
    .extract(box)
    .resize(width, height, { fit: 'fill' })
    .extend({
      left,
      top,
      right: size - width - left,
      bottom: size - height - top,
      background: { r: 0, g: 0, b: 0, alpha: 0 },
    })
    .raw()
    .toBuffer();
  return premultiply(straight);
}

/** The smallest rectangle that holds every pixel with alpha above 2 %. */
function visibleBox(rgba: Uint8Array, width: number, height: number) {
  let [x0, y0, x1, y1] = [width, height, -1, -1];
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      if (rgba[4 * (y * width + x) + 3] <= 5) continue;
      if (x < x0) x0 = x;
      if (x > x1) x1 = x;
      if (y < y0) y0 = y;
      y1 = y;
    }
  }
  if (x1 < 0) throw new Error('renderSprite: the drawing is empty');
  return { left: x0, top: y0, width: x1 - x0 + 1, height: y1 - y0 + 1 };
}

function premultiply(rgba: Uint8Array): Uint8Array {
  const out = new Uint8Array(rgba.length);
  for (let i = 0; i < rgba.length; i += 4) {
    const alpha = rgba[i + 3];
    for (let c = 0; c < 3; c++) out[i + c] = Math.round((rgba[i + c] * alpha) / 255);
    out[i + 3] = alpha;
  }
  return out;
}
