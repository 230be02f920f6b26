import { BACKGROUNDS } from '../../data/backgrounds/index.js';
import { composeScene, type SceneSpec } from '../../data/compose.js';
import { type WorldConcept, worldConcepts } from '../../data/concepts.js';
import { POSE_RANGES, type PoseRange } from '../../data/pose.js';
import { sceneSpec } from '../../data/sceneSpec.js';
import { realAllowance } from '../../data/splits.js';
import { loadSprites, type Sprite } from '../../data/sprites.js';
import type { Rng } from '../../random/rng.js';
import { JUDGE_FAMILIES, withJudgeIcons } from './judgeDrawings.js';
import { SPOILS, type Spoil, UNSEEN_SPOILS } from './nonePictures.js';

/** A picture and the right answers to both questions. */
export interface JudgePicture {
  /** [S, S, 3] */
  image: Uint8Array;
  /** [S, S], above 0 where the thing is */
  mask: Uint8Array;
  /** index into the judge's concepts; their number for 'none of these' */
  concept: number;
  /** index into BACKGROUNDS */
  background: number;
  /** of a spoilt drawing: the concept that it was of */
  spoilt?: number;
}

/** Each a picture of its own for every stream. */
export interface JudgePictures {
  readonly concepts: readonly WorldConcept[];
  /** What the judge learns from: scenes of its concepts, one picture in seven none of them. */
  train(rng: Rng): JudgePicture;
  /** A scene of concept `index` before a background that training never showed with it. */
  real(rng: Rng, index: number): JudgePicture;
  /** Pictures of none of the concepts, by kind: empty places, other things, spoilt drawings. */
  readonly none: {
    readonly seen: Readonly<Record<string, (rng: Rng) => JudgePicture>>;
    readonly unseen: Readonly<Record<string, (rng: Rng) => JudgePicture>>;
  };
}

/** Share of training pictures that show none of the concepts. */
const NONE_SHARE = 1 / 7;

/**
 * The judge's pictures: real scenes of the families that no generator sees. Two of the twelve backgrounds of each concept
 * are kept for the test (those of the world's validation split), and every second concept beyond the judge's own.
 *
 * @param count the judge knows the first `count` concepts of the world
 * @param all the world
 */
export async function judgePictures({
  count = 200,
  size = 64,
  all = worldConcepts(),
}: {
  count?: number;
  size?: number;
  all?: readonly WorldConcept[];
} = {}): Promise<JudgePictures> {
  const world = withJudgeIcons(all);
  const concepts = world.slice(0, count);
  const others = world.slice(count);
  const familiesOf = ({ icons }: WorldConcept) => JUDGE_FAMILIES.filter((family) => icons[family] !== undefined);
  const sprites = await loadSprites({ concepts: world, families: JUDGE_FAMILIES, size: Math.round(1.5 * size) });
  const names = BACKGROUNDS.map(({ name }) => name);
  const backgroundsOf = new Map(
    concepts.map((concept) => {
      const test = realAllowance(concept, 'val').backgrounds;
      return [concept.name, { test, train: names.filter((name) => !test.includes(name)) }];
    }),
  );
  const draw = (spec: SceneSpec, concept: number, spoil?: (sprite: Sprite) => Sprite): JudgePicture => {
    const get = (name: string, family: SceneSpec['objects'][number]['family']) =>
      spoil ? spoil(sprites.get(name, family)) : sprites.get(name, family);
    const { image, mask } = composeScene(spec, { ...sprites, get }, { size });
    return { image, mask, concept, background: names.indexOf(spec.background) };
  };
  const scene = (rng: Rng, concept: WorldConcept, backgrounds: readonly string[], pose: PoseRange) =>
    sceneSpec(rng, { concept, allow: () => ({ families: familiesOf(concept), backgrounds }), pose });
  const anywhere = (rng: Rng, concept: WorldConcept) => scene(rng, concept, names, poseOf(rng));

  const spoiler = (spoil: Spoil) => (rng: Rng) => {
    const [one, other] = rng.sample(concepts, 2);
    const second = sprites.get(other.name, rng.choice(familiesOf(other)));
    const picture = draw(anywhere(rng, one), count, (sprite) => spoil(sprite, second, rng));
    return { ...picture, spoilt: concepts.indexOf(one) };
  };
  const empty = (rng: Rng) => draw({ ...anywhere(rng, concepts[0]), objects: [] }, count);
  const another = (from: readonly WorldConcept[]) => (rng: Rng) => draw(anywhere(rng, rng.choice(from)), count);
  const kinds = (spoils: Record<string, Spoil>) =>
    Object.fromEntries(Object.entries(spoils).map(([kind, spoil]) => [kind, spoiler(spoil)]));
  const seen = { empty, other: another(others.filter((_, i) => i % 2 === 0)), ...kinds(SPOILS) };
  const unseen = { other: another(others.filter((_, i) => i % 2 === 1)), ...kinds(UNSEEN_SPOILS) };
  const noneKinds = Object.values(seen);
  return {
    concepts,
    train(rng) {
      if (rng.bernoulli(NONE_SHARE)) return rng.choice(noneKinds)(rng);
      const index = rng.int(count);
      const concept = concepts[index];
      return draw(scene(rng, concept, backgroundsOf.get(concept.name)!.train, poseOf(rng)), index);
    },
    real(rng, index) {
      const concept = concepts[index];
      return draw(scene(rng, concept, backgroundsOf.get(concept.name)!.test, POSE_RANGES.wide), index);
    },
    none: { seen, unseen },
  };
}

/** Half of the pictures stand as a generator's do, half as real ones. */
function poseOf(rng: Rng): PoseRange {
  return rng.bernoulli(0.5) ? POSE_RANGES.narrow : POSE_RANGES.wide;
}
