import type { Rng } from '../random/rng.js';
import type { SceneSpec } from './compose.js';
import type { WorldConcept } from './concepts.js';
import { drawPoses, type PoseRange } from './pose.js';
import type { Allowance } from './splits.js';

/** What a scene is drawn from. */
export interface SceneConfig {
  /** The concept of the first object. */
  readonly concept: WorldConcept;
  /** Concepts of further objects are drawn from these. */
  readonly others?: readonly WorldConcept[];
  /** Families and backgrounds allowed with a concept. */
  readonly allow: (concept: WorldConcept) => Allowance;
  readonly pose: PoseRange;
  /** Number of objects, or the range it is drawn from; at most 4. */
  readonly objects?: number | readonly [number, number];
}

/**
 * Draws a scene's specification. Further objects are other concepts that may stand before the background drawn for
 * the first, so that a held-out pair stays held out.
 */
export function sceneSpec(rng: Rng, { concept, others = [], allow, pose, objects = 1 }: SceneConfig): SceneSpec {
  const [fewest, most] = typeof objects === 'number' ? [objects, objects] : objects;
  const count = fewest + (most > fewest ? rng.int(most - fewest + 1) : 0);
  const background = rng.choice(allow(concept).backgrounds);
  const backgroundSeed = rng.int(2 ** 31);
  const chosen = [concept];
  // A bounded search: a small world may lack enough concepts that go with this background.
  for (let tries = 0; chosen.length < count && tries < 50; tries++) {
    const other = others.length > 0 ? rng.choice(others) : concept;
    if (!chosen.includes(other) && allow(other).backgrounds.includes(background)) chosen.push(other);
  }
  const poses = drawPoses(rng, pose, chosen.length);
  return {
    background,
    backgroundSeed,
    objects: chosen.map((one, i) => ({ concept: one.name, family: rng.choice(allow(one).families), pose: poses[i] })),
  };
}
