import { worldConcepts } from '../../data/concepts.js';
import { generatorScenes, realScenes, type SceneSet } from '../../data/scenes.js';
import { openFolderTokenizer } from '../../diffusion/folderTokenizer.js';
import type { SetCaption } from '../../diffusion/imageSetFormat.js';
import type { ImageSource } from '../../synclr/imageSource.js';
import { drawOnce } from './drawOnce.js';
import type { CaptionWords } from './imageSource.js';
import { worldAltTexts } from './strategies.js';

/**
 * True scenes as training images. `train`: of the families that stand for real photographs, from the classifier's training
 * split, so that a test may show their drawings again; `generator`: of the families that the generator learned from, none of
 * which any test shows.
 */
export interface RealImages {
  readonly real: 'train' | 'generator';
  readonly count: number;
  /** the first so many concepts of the world, which are the classes */
  readonly concepts: number;
  /** side in pixels */
  readonly size: number;
  /** of the scenes; classifiers are trained on those of seed 0 */
  readonly seed: number;
}

/** What stands beside real scenes: a plain true sentence about each, in the place of a photograph's alt-text. */
export async function altTextsOf({ real, count, concepts, seed }: RealImages): Promise<SetCaption[]> {
  const records = await worldAltTexts({
    count,
    concepts,
    seed,
    scenes: await scenesOf({ real, count, concepts, seed }),
  });
  return records.map(({ index, caption, concept, background }) => ({
    id: `real-${index}`,
    text: caption,
    concept,
    background,
  }));
}

/**
 * Real scenes as training images: each is a caption of its own with one image; its class is the concept that it shows.
 * @param options.words for the objective `clip`: `altTextsOf` as token ids, see `prepareTokenizer`
 */
export async function openRealSource(options: RealImages & { words?: CaptionWords }): Promise<ImageSource> {
  const { real, count, concepts, size, seed, words } = options;
  const tokenizer = words && openFolderTokenizer(words.tokenizer, { maxTokens: words.context });
  const captions = tokenizer ? await altTextsOf(options) : [];
  const scenes = await scenesOf({ real, count, concepts, seed, size });
  return {
    captions: count,
    imagesPerCaption: 1,
    size,
    classOf: (caption) => scenes.labels[caption],
    ...(tokenizer && { tokens: (caption: number) => tokenizer.encode(captions[caption].text).ids }),
    image: drawOnce(scenes),
    opener: { module: import.meta.url, name: 'openRealSource', options },
  };
}

function scenesOf({ real, concepts, ...options }: Omit<RealImages, 'size'> & { size?: number }): Promise<SceneSet> {
  const shown = worldConcepts({ count: concepts });
  return real === 'generator'
    ? generatorScenes({ ...options, concepts: shown })
    : realScenes({ ...options, concepts: shown, split: real });
}
