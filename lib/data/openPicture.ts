import { closeSync, openSync, readSync } from 'node:fs';
import sharp, { type Sharp } from 'sharp';
import { InputError } from '../errors.js';
import { refuseLfsPointer } from '../runs/lfsPointer.js';
import { inWords } from '../runs/systemProblem.js';

/** How files of each format begin: bytes as latin1 text, and the place where they stand. */
const BEGINNINGS: Readonly<Record<string, { at?: number; any: readonly string[] }>> = {
  png: { any: ['\x89PNG\r\n\x1a\n'] },
  jpeg: { any: ['\xff\xd8\xff'] },
  gif: { any: ['GIF87a', 'GIF89a'] },
  webp: { at: 8, any: ['WEBP'] },
  tiff: { any: ['II*\0', 'II+\0', 'MM\0*', 'MM\0+'] },
  avif: { at: 4, any: ['ftypavif', 'ftypavis', 'ftypmif1'] },
};

/** No more pixels than 2^27: 11 585 × 11 585, 400 MB in RGB. A small file may claim more. */
const MOST_PIXELS = 2 ** 27;

/**
 * A picture, to be decoded: PNG, JPEG, GIF, WebP, TIFF or AVIF by its first bytes, whatever its name says. Nothing else
 * reaches the decoder: an SVG, say, would be drawn, with other files of this machine in it.
 * @param where what errors call it
 * @throws InputError for any other content
 */
export function openPicture(source: string | Uint8Array, { where, fix }: { where: string; fix: string }): Sharp {
  const head = typeof source === 'string' ? inWords(source, () => firstBytes(source)) : source.subarray(0, 16);
  const text = Buffer.from(head).toString('latin1');
  if (!Object.values(BEGINNINGS).some(({ at = 0, any }) => any.some((start) => text.startsWith(start, at)))) {
    if (typeof source === 'string') refuseLfsPointer(source);
    const formats = Object.keys(BEGINNINGS).join(', ');
    const found = head.length === 0 ? 'an empty file' : `a file that begins with ${JSON.stringify(text)}`;
    throw new InputError({ where, expected: `a picture: ${formats}`, found, fix });
  }
  // 'truncated': a file that ends early is an error, not a picture with a grey half.
  return sharp(source, { failOn: 'truncated', limitInputPixels: MOST_PIXELS });
}

function firstBytes(file: string): Uint8Array {
  const descriptor = openSync(file, 'r');
  try {
    const bytes = Buffer.alloc(16);
    return bytes.subarray(0, readSync(descriptor, bytes, 0, bytes.length, 0));
  } finally {
    closeSync(descriptor);
  }
}
