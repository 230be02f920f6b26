import { BACKGROUNDS } from '../../data/backgrounds/index.js';
import { worldCategories } from '../../data/concepts.js';
import { realScenes, type SceneOptions } from '../../data/scenes.js';
import type { RealSplit } from '../../data/splits.js';
import type { MaskedImages } from './maskedImages.js';

export interface SegmentationSceneOptions extends SceneOptions {
  split: RealSplit;
  /** Every place is a class, as ADE20k's walls and skies are (default), or all of them are one, as in VOC. */
  backgrounds?: 'each' | 'one';
}

/**
 * Real scenes of one to four objects with exact masks: what ADE20k is to the paper (Table 7). Classes are places, then the
 * categories of the concepts. Drawings of the test split are in no other.
 */
export async function segmentationScenes({
  backgrounds = 'each',
  objects = [1, 4],
  ...options
}: SegmentationSceneOptions): Promise<MaskedImages> {
  const scenes = await realScenes({ ...options, objects });
  const places = backgrounds === 'each' ? BACKGROUNDS.map(({ name }) => name) : ['background'];
  const categories = worldCategories(options.concepts);
  const classOf = new Map(
    options.concepts.map(({ name, category }) => [name, places.length + categories.indexOf(category)]),
  );
  return {
    length: scenes.length,
    classes: [...places, ...categories],
    read(index) {
      const { background, objects: shown } = scenes.spec(index);
      const { image: data, mask } = scenes.render(index);
      const classes = [Math.max(0, places.indexOf(background)), ...shown.map(({ concept }) => classOf.get(concept)!)];
      return { image: { width: scenes.size, height: scenes.size, data }, mask: mask.map((part) => classes[part]) };
    },
  };
}
