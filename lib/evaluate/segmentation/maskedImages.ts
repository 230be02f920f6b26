import type { RgbImage } from '../../pictures/resample.js';

/** The class of a pixel that counts for nothing. */
export const IGNORED = 255;

/** A picture with the class of every pixel. */
export interface MaskedImage {
  readonly image: RgbImage;
  /** [height, width], each a class or IGNORED */
  readonly mask: Uint8Array;
}

/** A split of pictures with masks, of any sizes; at most 255 classes. */
export interface MaskedImages {
  readonly length: number;
  /** names by class */
  readonly classes: readonly string[];
  /** what tells these files from all others: a hash; none of what is drawn */
  readonly identity?: string;
  read(index: number): MaskedImage | Promise<MaskedImage>;
}
