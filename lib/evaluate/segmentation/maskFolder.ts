import path from 'node:path';
import type { Sharp } from 'sharp';
import { imagesBelow } from '../../data/classFolders.js';
import { identityOfFiles } from '../../data/identityOfFiles.js';
import { openPicture } from '../../data/openPicture.js';
import { InputError } from '../../errors.js';
import { refuseLfsPointer } from '../../runs/lfsPointer.js';
import { IGNORED, type MaskedImage, type MaskedImages } from './maskedImages.js';

export interface MaskFolderOptions {
  /** folder of pictures, and folder of grey PNG files of the same names: each pixel's value is its class */
  images: string;
  masks: string;
  classes: readonly string[];
  /**
   * 0 stands for no class and the first class is 1, as in ADE20k's files (spec §5.4): 0 becomes IGNORED, and so does 255, as
   * mmsegmentation reads them. True by default.
   */
  zeroIsNone?: boolean;
}

/** Photographs with masks: ADE20k's `images/training` and `annotations/training`, or one's own. */
export function openMaskFolder({ images, masks, classes, zeroIsNone = true }: MaskFolderOptions): MaskedImages {
  const names = imagesBelow(images);
  // By their names in one Unicode form: macOS writes é as two characters.
  const stem = (file: string) => path.join(path.dirname(file), path.parse(file).name).normalize();
  const maskOf = new Map(
    imagesBelow(masks)
      .filter((file) => path.extname(file).toLowerCase() === '.png')
      .map((file) => [stem(file), file]),
  );
  if (names.length === 0) {
    throw new InputError({ where: images, expected: 'pictures', found: 'none', fix: 'check the path' });
  }
  const without = names.filter((name) => !maskOf.has(stem(name)));
  if (without.length > 0) {
    const some = `${without.slice(0, 3).join(', ')}${without.length > 3 ? ', …' : ''}`;
    const fix = 'add grey PNG files of the same names, or remove these pictures';
    throw new InputError({ where: masks, expected: 'a mask of every picture', found: `none of ${some}`, fix });
  }
  return {
    length: names.length,
    classes,
    get identity() {
      const own = names.map((name) => maskOf.get(stem(name))!);
      return `${identityOfFiles(images, names)} ${identityOfFiles(masks, own)}`;
    },
    async read(index) {
      const name = names[index];
      const mask = path.join(masks, maskOf.get(stem(name))!);
      return { ...(await readPair(path.join(images, name), mask, { classes: classes.length, zeroIsNone })) };
    },
  };
}

async function readPair(
  imageFile: string,
  maskFile: string,
  { classes, zeroIsNone }: { classes: number; zeroIsNone: boolean },
): Promise<MaskedImage> {
  const fix = 'mend the file, or remove picture and mask';
  const fault = (where: string, expected: string, found: string) => new InputError({ where, expected, found, fix });
  const open = (file: string) => openPicture(file, { where: file, fix });
  const decode = (file: string, image: Sharp) =>
    image
      .raw()
      .toBuffer({ resolveWithObject: true })
      .catch((error: Error) => {
        refuseLfsPointer(file);
        throw fault(file, 'an image that can be decoded', error.message);
      });
  const rgb = await decode(
    imageFile,
    open(imageFile).rotate().flatten({ background: '#ffffff' }).toColourspace('srgb').removeAlpha(),
  );
  // Both as the camera was held. Without a colour space sharp would make three channels of a grey one.
  const grey = await decode(maskFile, open(maskFile).rotate().toColourspace('b-w'));
  const { width, height } = rgb.info;
  const { channels, depth } = await open(maskFile).metadata();
  if (channels !== 1 || depth !== 'uchar') throw fault(maskFile, 'a grey image of 8 bits', `${channels} × ${depth}`);
  if (grey.info.width !== width || grey.info.height !== height) {
    throw fault(
      maskFile,
      `${width} × ${height} pixels, as its picture (turned as its camera says)`,
      `${grey.info.width} × ${grey.info.height}`,
    );
  }
  const mask = Uint8Array.from(grey.data, (value) => (zeroIsNone && value !== IGNORED ? (value + 255) % 256 : value));
  const strange = mask.find((value) => value >= classes && value !== IGNORED);
  if (strange !== undefined) throw fault(maskFile, `classes below ${classes}`, `${strange}`);
  return { image: { width, height, data: new Uint8Array(rgb.data) }, mask };
}
