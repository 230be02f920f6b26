import { realScenes, worldConcepts } from '../data/index.js';
import type { ImageSource } from '../synclr/batches.js';

/** Scenes of the families that stand for real photographs, from the classifier's training split. */
export interface RealImages {
  readonly real: 'train';
  readonly count: number;
  /** the first so many concepts of the world, which are the classes */
  readonly concepts: number;
  /** side in pixels */
  readonly size: number;
  /** of the scenes; tasks and probes draw theirs with the seed 0 */
  readonly seed: number;
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
