import { realScenes, worldConcepts } from '../data/index.js';
import type { ImageSource } from '../synclr/index.js';
import { type CaptionWords, imageSource } from '../tiers/imageSource.js';
import { openCut } from './imageSets.js';
import type { RealImages } from './spec.js';

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

/** Real scenes as training images: each is a caption of its own with one image; its class is the concept that it shows. */
export async function openRealSource(images: RealImages): Promise<ImageSource> {
  const { real: split, count, concepts, size, seed } = images;
  const scenes = await realScenes({ split, concepts: worldConcepts({ count: concepts }), count, seed, size });
  const drawn = new Map<number, Uint8Array>();
  return {
    captions: count,
    imagesPerCaption: 1,
    size,
    classOf: (caption) => scenes.labels[caption],
    image(caption) {
      const image = drawn.get(caption) ?? scenes.render(caption).image;
      drawn.set(caption, image);
      return image;
    },
    opener: { module: import.meta.url, name: 'openRealSource', options: images },
  };
}
