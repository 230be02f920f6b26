import { readdirSync, statSync } from 'node:fs';
import path from 'node:path';
import sharp from 'sharp';
import { InputError } from '../../errors.js';
import { IGNORED, type MaskedImage, type MaskedImages } from './maskedImages.js';

export interface MaskFolderOptions {
  /** folder of pictures, and folder of grey PNG files of the same names: each pixel's value is its class */
  images: string;
  masks: string;
  classes: readonly string[];
  /** 0 stands for no class and the first class is 1, as in ADE20k's files (§5.4): 0 becomes IGNORED. True by default. */
  zeroIsNone?: boolean;
}

/** Photographs with masks: ADE20k's `images/training` and `annotations/training`, or one's own. */
export function openMaskFolder({ images, masks, classes, zeroIsNone = true }: MaskFolderOptions): MaskedImages {
  for (const folder of [images, masks]) {
    if (statSync(folder, { throwIfNoEntry: false })?.isDirectory()) continue;
    throw new InputError({ where: folder, expected: 'a folder', found: 'none', fix: 'check the path' });
  }
  const names = readdirSync(images)
    .filter((name) => /^[^.].*\.(jpe?g|png|webp|tiff?)$/i.test(name))
    .sort();
  if (names.length === 0) {
    throw new InputError({ where: images, expected: 'pictures', found: 'none', fix: 'check the path' });
  }
  return {
    length: names.length,
    classes,
    async read(index) {
      const name = names[index];
      const mask = path.join(masks, `${path.parse(name).name}.png`);
      return { ...(await readPair(path.join(images, name), mask, { classes: classes.length, zeroIsNone })) };
    },
  };
}

async function readPair(
  imageFile: string,
  maskFile: string,
  { classes, zeroIsNone }: { classes: number; zeroIsNone: boolean },
): Promise<MaskedImage> {
  const fault = (where: string, expected: string, found: string) =>
    new InputError({ where, expected, found, fix: 'mend the file, or remove picture and mask' });
  const decode = (file: string, image: ReturnType<typeof sharp>) =>
    image
      .raw()
      .toBuffer({ resolveWithObject: true })
      .catch((error: Error) => {
        throw fault(file, 'an image that can be decoded', error.message);
      });
  const rgb = await decode(imageFile, sharp(imageFile, { failOn: 'truncated' }).toColourspace('srgb').removeAlpha());
  // Without a colour space sharp would make three channels of a grey one.
  const grey = await decode(maskFile, sharp(maskFile, { failOn: 'truncated' }).toColourspace('b-w'));
  const { width, height } = rgb.info;
  const { channels, depth } = await sharp(maskFile).metadata();
  if (channels !== 1 || depth !== 'uchar') throw fault(maskFile, 'a grey image of 8 bits', `${channels} × ${depth}`);
  if (grey.info.width !== width || grey.info.height !== height) {
    throw fault(maskFile, `${width} × ${height} pixels, as its picture`, `${grey.info.width} × ${grey.info.height}`);
  }
  const mask = Uint8Array.from(grey.data, (value) => (zeroIsNone ? (value === 0 ? IGNORED : value - 1) : value));
  const strange = mask.find((value) => value >= classes && value !== IGNORED);
  if (strange !== undefined) throw fault(maskFile, `classes below ${classes}`, `${strange}`);
  return { image: { width, height, data: new Uint8Array(rgb.data) }, mask };
}
