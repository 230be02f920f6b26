import sharp from 'sharp';
import { InputError } from '../../errors.js';
import { openPicture } from '../openPicture.js';

/**
 * How an image is stored. `webp` and `png` are lossless: what was judged is what an encoder learns from. Measured on
 * pictures of our generator at 64 px: webp 5.9 kB, png 7.0 kB, jpeg (quality 95, full colour) 3.1 kB.
 */
export type ImageEncoding = 'webp' | 'png' | 'jpeg';

/** The end of a file's name. */
export const EXTENSIONS: Readonly<Record<ImageEncoding, string>> = { webp: 'webp', png: 'png', jpeg: 'jpg' };

/** image: [size, size, 3] bytes, to a file's bytes. The same in every process with the same version of sharp. */
export function encodePixels(
  image: Uint8Array,
  { size, encoding }: { size: number; encoding: ImageEncoding },
): Promise<Buffer> {
  const raw = sharp(image, { raw: { width: size, height: size, channels: 3 } });
  if (encoding === 'png') return raw.png({ compressionLevel: 9, adaptiveFiltering: true }).toBuffer();
  if (encoding === 'jpeg') return raw.jpeg({ quality: 95, chromaSubsampling: '4:4:4' }).toBuffer();
  // More effort than 1 takes seven times as long and saves 3 %.
  return raw.webp({ lossless: true, effort: 1 }).toBuffer();
}

/** A file's bytes to [size, size, 3] bytes. @throws InputError naming `where` when it is no image of this size */
export async function decodePixels(
  file: Uint8Array,
  { size, where }: { size: number; where: string },
): Promise<Uint8Array> {
  const fix = 'make the shard again: delete it and run synclr generate';
  const refuse = (found: string): never => {
    throw new InputError({ where, expected: `an RGB image of ${size} × ${size}`, found, fix });
  };
  const { data, info } = await openPicture(file, { where, fix })
    .raw()
    .toBuffer({ resolveWithObject: true })
    .catch((error: Error) => refuse(error.message));
  if (info.width !== size || info.height !== size || info.channels !== 3) {
    refuse(`${info.width} × ${info.height} with ${info.channels} channels`);
  }
  return data;
}
