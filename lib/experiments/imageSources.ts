import type { ImageSource } from '../synclr/imageSource.js';
import { type CaptionWords, imageSource } from '../tiers/world/imageSource.js';
import { openCut } from './imageSets.js';

/** A cut of an image set as `trainEncoder` and its threads read it. */
export interface CutOptions {
  readonly folder: string;
  readonly count: number;
  readonly imagesPerCaption: number;
  readonly words?: CaptionWords;
}

export function openCutSource(options: CutOptions): ImageSource {
  const { folder, words, ...counts } = options;
  const source = imageSource(openCut(folder, counts), words);
  return { ...source, opener: { module: import.meta.url, name: 'openCutSource', options } };
}
