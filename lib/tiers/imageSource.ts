import { type ImageSet, openImageSet } from '../diffusion/imageSet.js';
import { openFolderTokenizer } from '../diffusion/tokenizer.js';
import type { ImageSource } from '../synclr/batches.js';

/** How captions become token ids: the folder of a tokenizer, and how many tokens a text has. */
export interface CaptionWords {
  tokenizer: string;
  context: number;
}

/**
 * An image set as `trainEncoder` reads it; a caption's class is its concept.
 * @param words for the objective `clip`, see `prepareTokenizer`
 */
export function imageSource(set: ImageSet, words?: CaptionWords): ImageSource {
  const concepts = [...new Set(set.captions.map(({ concept }) => concept))];
  const places = new Map(concepts.map((concept, i) => [concept, i]));
  const tokenizer = words && openFolderTokenizer(words.tokenizer, { maxTokens: words.context });
  return {
    classOf: (caption) => places.get(set.captions[caption].concept) ?? -1,
    ...(tokenizer && { tokens: (caption: number) => tokenizer.encode(set.captions[caption].text).ids }),
    captions: set.captions.length,
    imagesPerCaption: set.imagesPerCaption,
    size: set.size,
    image: (caption, k) => set.image(caption, k),
    opener: { module: import.meta.url, name: 'openImageSource', options: { folder: set.folder, words } },
  };
}

/** The same from the folder of the set: what a worker thread calls. */
export function openImageSource({ folder, words }: { folder: string; words?: CaptionWords }): ImageSource {
  return imageSource(openImageSet(folder), words);
}
