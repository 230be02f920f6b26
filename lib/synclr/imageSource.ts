/** Where training images come from: a fixed number of square RGB images for each of `captions` captions. */
export interface ImageSource {
  captions: number;
  imagesPerCaption: number;
  /** side in pixels */
  size: number;
  /** image k of a caption, size·size·3 bytes, channels last; a promise where it is read from a file */
  image(caption: number, k: number): Uint8Array | Promise<Uint8Array>;
  /** class of a caption, which the objective `supervised` learns */
  classOf?(caption: number): number;
  /** the background that a caption names, as a number; see `EncoderConfig.sameBackground` */
  backgroundOf?(caption: number): number;
  /** token ids of a caption, its end included, which a text tower reads: [context] */
  tokens?(caption: number): Int32Array;
  /** how a worker thread opens the same source; without it, batches are prepared in the training thread */
  opener?: SourceOpener;
  /** what tells its images from all others, e.g. a hash: a run does not go on with others */
  identity?: string;
}

/** An exported function that returns an `ImageSource` (or a promise of one), and what to call it with. */
export interface SourceOpener {
  /** URL of the module, usually its `import.meta.url` */
  module: string;
  name: string;
  /** plain data */
  options: unknown;
}

/** One image of a batch: which it is, and its place among the batch's captions. */
export interface BatchRow {
  /** index of the caption in the source */
  caption: number;
  /** index of the image in its caption */
  k: number;
  /** index of the caption in the batch, the label of the contrastive losses */
  label: number;
}
