import { InputError } from '../errors.js';

/** Pixels in rows from the top, 3 (RGB) or 4 (RGBA) bytes each. */
export interface PixelPicture {
  width: number;
  height: number;
  data: Uint8Array | Uint8ClampedArray;
}

/** The first bytes of every PNG. */
const pngSignature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);

/**
 * A picture as a data URI, as figures hold it.
 *
 * @param source PNG bytes, or pixels
 * @param options.upscale each pixel becomes a square of this many: small pictures stay crisp when they are enlarged
 */
export async function pictureUri(
  source: Uint8Array | PixelPicture,
  { upscale = 1 }: { upscale?: number } = {},
): Promise<string> {
  const isPng = source instanceof Uint8Array;
  if (isPng && !pngSignature.equals(source.subarray(0, 8))) {
    throw new InputError({
      where: 'pictureUri',
      expected: 'the bytes of a PNG, or pixels {width, height, data}',
      found: `${source.length} bytes that are no PNG`,
      fix: 'pass pixels with their size',
    });
  }
  if (isPng && upscale === 1) return `data:image/png;base64,${Buffer.from(source).toString('base64')}`;
  const { default: sharp } = await import('sharp');
  const image = isPng ? sharp(source) : sharp(source.data, { raw: rawShape(source) });
  const { width, height } = isPng ? await image.metadata() : source;
  const enlarged = image.resize(width * upscale, height * upscale, { kernel: 'nearest' });
  const png = await enlarged.png({ compressionLevel: 9 }).toBuffer();
  return `data:image/png;base64,${png.toString('base64')}`;
}

function rawShape({ width, height, data }: PixelPicture): { width: number; height: number; channels: 3 | 4 } {
  const channels = data.length / (width * height);
  if (channels !== 3 && channels !== 4) {
    throw new InputError({
      where: 'pictureUri',
      expected: `${width} × ${height} pixels of 3 or 4 bytes`,
      found: `${data.length} bytes`,
      fix: 'check width and height, and that pixels are RGB or RGBA bytes',
    });
  }
  return { width, height, channels };
}
