import { InputError } from '../errors.js';
import { rng } from '../random/rng.js';
import { BACKGROUNDS } from './backgrounds/index.js';
import { composeScene, type Scene, type SceneSpec } from './compose.js';
import type { WorldConcept } from './concepts.js';
import { type Family, GENERATOR_FAMILIES, HELD_OUT_FAMILIES } from './families.js';
import { POSE_RANGES, type PoseName, type PoseRange } from './pose.js';
import { sceneSpec } from './sceneSpec.js';
import { type Allowance, generatorAllowance, type RealSplit, realAllowance } from './splits.js';
import { loadSprites } from './sprites.js';

export interface SceneOptions {
  readonly concepts: readonly WorldConcept[];
  /** Number of scenes: scene i shows concept i mod concepts.length first, so that classes are balanced. */
  readonly count: number;
  readonly seed: number;
  /** Side in pixels; 64 by default. */
  readonly size?: number;
  /** A named range or one's own. */
  readonly pose?: PoseName | PoseRange;
  /** Number of objects in a scene, or the range it is drawn from (1 to 4); 1 by default. */
  readonly objects?: number | readonly [number, number];
  /** The division into splits; see realAllowance. */
  readonly splitSeed?: number;
}

/** Images by index; each is a pure function of (seed, split, index). */
export interface SceneSet {
  readonly length: number;
  readonly size: number;
  /** Names of the classes, by label. */
  readonly classes: readonly string[];
  /** Class of scene i, its first object's concept: i mod the number of classes. [length], made when asked for. */
  readonly labels: Int32Array;
  spec(index: number): SceneSpec;
  render(index: number): Scene;
  batch(indices: ArrayLike<number>): SceneBatch;
}

export interface SceneBatch {
  /** [B, size, size, 3] */
  readonly images: Uint8Array;
  /** [B] index into the set's classes. */
  readonly labels: Int32Array;
  /** [B] index into BACKGROUNDS. */
  readonly backgrounds: Int32Array;
  /** [B, size, size] as Scene.mask. */
  readonly masks: Uint8Array;
  readonly specs: readonly SceneSpec[];
}

/**
 * Scenes that stand for real photographs: families held out from the generator. Poses are wide by default.
 *
 * @param allowance  another division into splits than the world's own
 */
export function realScenes({
  split,
  allowance = realAllowance,
  ...options
}: SceneOptions & { split: RealSplit; allowance?: typeof realAllowance }): Promise<SceneSet> {
  const allow = (concept: WorldConcept) => allowance(concept, split, options.splitSeed);
  return sceneSet(options, `real ${split}`, HELD_OUT_FAMILIES, allow, 'wide');
}

/**
 * Scenes that the text-to-image model is trained on. Poses are narrow by default.
 *
 * @param allowance  others than the generator is trained on, e.g. of one place
 */
export function generatorScenes({
  allowance = generatorAllowance,
  ...options
}: SceneOptions & { allowance?: typeof generatorAllowance }): Promise<SceneSet> {
  const allow = (concept: WorldConcept) => allowance(concept, options.splitSeed);
  return sceneSet(options, 'generator', GENERATOR_FAMILIES, allow, 'narrow');
}

async function sceneSet(
  { concepts, count, seed, size = 64, pose, objects = 1 }: SceneOptions,
  split: string,
  families: readonly Family[],
  allowOf: (concept: WorldConcept) => Allowance,
  defaultPose: PoseName,
): Promise<SceneSet> {
  checkOptions(concepts, count, objects);
  const range = typeof pose === 'object' ? pose : POSE_RANGES[pose ?? defaultPose];
  // Sprites come at 1.5 times the scene: sharp where a drawing fills the picture.
  const sprites = await loadSprites({ concepts, families, size: Math.round(1.5 * size) });
  const allowances = new Map(concepts.map((concept) => [concept, allowOf(concept)]));
  const allow = (concept: WorldConcept) => allowances.get(concept) ?? allowOf(concept);
  const backgroundIndex = new Map(BACKGROUNDS.map((background, i) => [background.name, i]));
  const spec = (index: number): SceneSpec => {
    if (!(Number.isInteger(index) && index >= 0 && index < count)) {
      throw new RangeError(`scene index must be 0..${count - 1}, found ${index}`);
    }
    const concept = concepts[index % concepts.length];
    return sceneSpec(rng(seed, 'scene', split, index), { concept, others: concepts, allow, pose: range, objects });
  };
  let labels: Int32Array | undefined;
  const render = (index: number) => composeScene(spec(index), sprites, { size });
  return {
    length: count,
    size,
    classes: concepts.map((concept) => concept.name),
    // Made on demand: a generator's set may be longer than any run, 2^31 scenes say.
    get labels() {
      labels ??= Int32Array.from({ length: count }, (_, i) => i % concepts.length);
      return labels;
    },
    spec,
    render,
    batch(indices) {
      const B = indices.length;
      const specs = Array.from(indices, spec);
      const images = new Uint8Array(B * size * size * 3);
      const masks = new Uint8Array(B * size * size);
      for (let b = 0; b < B; b++) {
        const scene = composeScene(specs[b], sprites, { size });
        images.set(scene.image, b * size * size * 3);
        masks.set(scene.mask, b * size * size);
      }
      return {
        images,
        masks,
        specs,
        labels: Int32Array.from(indices, (index) => index % concepts.length),
        backgrounds: Int32Array.from(specs, (one) => backgroundIndex.get(one.background)!),
      };
    },
  };
}

function checkOptions(concepts: readonly WorldConcept[], count: number, objects: number | readonly [number, number]) {
  const [fewest, most] = typeof objects === 'number' ? [objects, objects] : objects;
  const fault = (where: string, expected: string, found: unknown, fix: string) =>
    new InputError({ where: `scenes: ${where}`, expected, found: String(found), fix });
  if (concepts.length === 0)
    throw fault('concepts', 'one concept at least', 'none', 'pass worldConcepts({ count: 100 })');
  if (!(Number.isInteger(count) && count >= 1)) throw fault('count', 'a whole number, 1 or more', count, 'set count');
  if (!(Number.isInteger(fewest) && Number.isInteger(most) && 1 <= fewest && fewest <= most && most <= 4)) {
    throw fault('objects', 'whole numbers 1 ≤ fewest ≤ most ≤ 4', objects, 'e.g. objects: [1, 4]');
  }
}
