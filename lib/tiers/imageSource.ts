import { type ImageSet, openImageSet } from '../diffusion/imageSet.js';
import type { ImageSource } from '../synclr/batches.js';

/** An image set as `trainEncoder` reads it; a caption's class is its concept. */
export function imageSource(set: ImageSet): ImageSource {
  const concepts = [...new Set(set.captions.map(({ concept }) => concept))];
  const places = new Map(concepts.map((concept, i) => [concept, i]));
  return {
    classOf: (caption) => places.get(set.captions[caption].concept) ?? -1,
    captions: set.captions.length,
    imagesPerCaption: set.imagesPerCaption,
    size: set.size,
    image: (caption, k) => set.image(caption, k),
    opener: { module: import.meta.url, name: 'openImageSource', options: set.folder },
  };
}

/** The same from the folder of the set: what a worker thread calls. */
export function openImageSource(folder: string): ImageSource {
  return imageSource(openImageSet(folder));
}
