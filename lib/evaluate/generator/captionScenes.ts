import { BACKGROUNDS } from '../../data/backgrounds/index.js';
import { composeScene } from '../../data/compose.js';
import type { WorldConcept } from '../../data/concepts.js';
import type { Family } from '../../data/families.js';
import { POSE_RANGES, type PoseName } from '../../data/pose.js';
import { sceneSpec } from '../../data/sceneSpec.js';
import { loadSprites } from '../../data/sprites.js';
import { rng } from '../../random/rng.js';

/** A caption, and what of it can be seen. */
export interface MeasuredCaption {
  /** names the caption; its images depend on it, not on its place in a list */
  id: string;
  text: string;
  /** name of a concept of the world */
  concept: string;
  /** name of a background of the world, where the caption names one */
  background?: string;
}

/**
 * Scenes that fit captions: what a perfect generator with these drawings would make of them. Caption by caption, `perCaption`
 * of each; where a caption names no background, each of its scenes has one drawn from all.
 *
 * @returns pictures [size, size, 3]
 */
export async function captionScenes(
  captions: readonly MeasuredCaption[],
  {
    concepts,
    families,
    pose,
    perCaption = 1,
    size = 64,
    seed,
  }: {
    /** must hold those of the captions */
    concepts: readonly WorldConcept[];
    families: readonly Family[];
    pose: PoseName;
    perCaption?: number;
    size?: number;
    seed: number;
  },
): Promise<Uint8Array[]> {
  const used = concepts.filter(({ name }) => captions.some(({ concept }) => concept === name));
  const sprites = await loadSprites({ concepts: used, families, size: Math.round(1.5 * size) });
  const byName = new Map(used.map((concept) => [concept.name, concept]));
  const everywhere = BACKGROUNDS.map(({ name }) => name);
  return captions.flatMap(({ id, concept: name, background }) => {
    const concept = byName.get(name);
    if (!concept) throw new RangeError(`captionScenes: no concept '${name}' among ${concepts.length}`);
    const allow = () => ({
      families: families.filter((family) => concept.icons[family] !== undefined),
      backgrounds: background ? [background] : everywhere,
    });
    return Array.from({ length: perCaption }, (_, k) => {
      const stream = rng(seed, 'caption scene', id, k);
      return composeScene(sceneSpec(stream, { concept, allow, pose: POSE_RANGES[pose] }), sprites, { size }).image;
    });
  });
}
