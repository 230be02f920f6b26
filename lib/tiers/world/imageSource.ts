import { openFolderTokenizer } from '../../diffusion/folderTokenizer.js';
import { type ImageSet, openImageSet } from '../../diffusion/imageSet.js';
import type { ImageSource } from '../../synclr/imageSource.js';

/** How captions become token ids: the folder of a tokenizer, and how many tokens a text has. */
export interface CaptionWords {
  tokenizer: string;
  context: number;
}

/**
 * An image set as `trainEncoder` reads it; a caption's class is its concept, its background the one it names.
 * @param words for the objective `clip`, see `prepareTokenizer`
 */
export function imageSource(set: ImageSet, words?: CaptionWords): ImageSource {
  const concept = numbered(set.captions.map(({ concept }) => concept));
  const background = numbered(set.captions.map(({ background }) => background));
  const tokenizer = words && openFolderTokenizer(words.tokenizer, { maxTokens: words.context });
  return {
    classOf: (caption) => concept[caption],
    backgroundOf: (caption) => background[caption],
    ...(tokenizer && { tokens: (caption: number) => tokenizer.encode(set.captions[caption].text).ids }),
    captions: set.captions.length,
    imagesPerCaption: set.imagesPerCaption,
    size: set.size,
    image: (caption, k) => set.image(caption, k),
    opener: { module: import.meta.url, name: 'openImageSource', options: { folder: set.folder, words } },
  };
}

/** Equal names get equal numbers, in the order in which they come; no name is a name, too. */
function numbered(names: readonly unknown[]): number[] {
  const numbers = new Map([...new Set(names)].map((name, i) => [name, i]));
  return names.map((name) => numbers.get(name) as number);
}

/** The same from the folder of the set: what a worker thread calls. */
export function openImageSource({ folder, words }: { folder: string; words?: CaptionWords }): ImageSource {
  return imageSource(openImageSet(folder), words);
}
