import path from 'node:path';
import { InputError } from '../errors.js';
import { type ClassFolders, listClassFolders } from './classFolders.js';
import { identityOfFiles } from './identityOfFiles.js';
import { openPicture } from './openPicture.js';

export interface ImageFolderOptions {
  /** Side of the decoded images in pixels; 64 by default. */
  readonly size?: number;
  /** 'cover' (default) fills the square and crops the middle; 'fill' stretches. */
  readonly fit?: 'cover' | 'fill';
  /** 'fail' (default) throws at the first bad image; 'skip' leaves it out, counts and reports it. */
  readonly onBadImage?: 'fail' | 'skip';
  /** With 'skip': more bad images than this share of those read stop the run; 0.05 by default. */
  readonly maxBadRate?: number;
  /** With 'skip': called for each bad image, once. */
  readonly onReport?: (file: string, reason: string) => void;
}

export interface FolderBatch {
  /** [B, size, size, 3]; with 'skip', B may be smaller than asked. */
  readonly images: Uint8Array;
  /** [B] class of each image; 0 in a flat folder. */
  readonly labels: Int32Array;
  /** [B] the indices that were decoded. */
  readonly indices: Int32Array;
}

export interface ImageFolder extends ClassFolders {
  readonly folder: string;
  readonly length: number;
  readonly size: number;
  /** What tells these pictures from all others: see `identityOfFiles`. */
  readonly identity: string;
  /** Files found bad so far, with the reason. */
  readonly bad: ReadonlyMap<string, string>;
  /** Decodes image `index` to [size, size, 3]; undefined where it is bad and bad ones are skipped. */
  read(index: number): Promise<Uint8Array | undefined>;
  batch(indices: ArrayLike<number>): Promise<FolderBatch>;
}

/** How many images are read before the share of bad ones counts against maxBadRate. */
const RATE_AFTER = 20;

/** A user's folder of images, of any sizes: either flat, or one sub-folder a class; `listClassFolders` tells which count. */
export function openImageFolder(
  folder: string,
  { size = 64, fit = 'cover', onBadImage = 'fail', maxBadRate = 0.05, onReport }: ImageFolderOptions = {},
): ImageFolder {
  const { files, classes, labels } = listClassFolders(folder);
  const bad = new Map<string, string>();
  const good = new Set<string>();
  const read = async (index: number) => {
    const file = files[index];
    if (file === undefined) throw new RangeError(`image index must be 0..${files.length - 1}, found ${index}`);
    if (bad.has(file)) return undefined;
    try {
      const pixels = await decodeImage(path.join(folder, file), { size, fit });
      good.add(file);
      return pixels;
    } catch (error) {
      if (onBadImage === 'fail' || !(error instanceof InputError)) throw error;
      bad.set(file, error.found);
      onReport?.(file, error.found);
    }
    const seen = bad.size + good.size;
    if ((seen >= Math.min(RATE_AFTER, files.length) && bad.size > maxBadRate * seen) || bad.size === files.length) {
      throw new InputError({
        where: folder,
        expected: `at most ${100 * maxBadRate} % bad images`,
        found: `${bad.size} bad of ${seen} read: ${[...bad.keys()].slice(0, 5).join(', ')}${bad.size > 5 ? ', …' : ''}`,
        fix: 'mend or remove these files, or raise maxBadRate',
      });
    }
    return undefined;
  };
  return {
    folder,
    length: files.length,
    size,
    classes,
    labels,
    files,
    get identity() {
      return identityOfFiles(folder, files);
    },
    bad,
    read,
    async batch(indices) {
      const decoded = await Promise.all(Array.from(indices, read));
      const kept = Array.from(indices, (index, b) => ({ index, pixels: decoded[b] })).filter((one) => one.pixels);
      const images = new Uint8Array(kept.length * size * size * 3);
      for (const [b, { pixels }] of kept.entries()) images.set(pixels!, b * size * size * 3);
      return {
        images,
        labels: Int32Array.from(kept, ({ index }) => labels[index]),
        indices: Int32Array.from(kept, ({ index }) => index),
      };
    },
  };
}

/** Decodes one image file to [size, size, 3] RGB on white. Throws InputError naming a file that cannot be decoded. */
export async function decodeImage(
  file: string,
  { size, fit = 'cover' }: { size: number; fit?: 'cover' | 'fill' },
): Promise<Uint8Array> {
  const fix = 'replace the file, or remove it';
  try {
    const pixels = await openPicture(file, { where: file, fix })
      .rotate() // as the camera was held
      .flatten({ background: '#ffffff' })
      .toColourspace('srgb')
      .resize(size, size, { fit })
      .removeAlpha()
      .raw()
      .toBuffer();
    return new Uint8Array(pixels.buffer, pixels.byteOffset, pixels.length);
  } catch (error) {
    if (error instanceof InputError) throw error;
    const found = error instanceof Error ? error.message : String(error);
    throw new InputError({ where: file, expected: 'an image that can be decoded whole', found, fix });
  }
}
