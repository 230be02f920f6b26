import type { Rng } from '../random/rng.js';
import { backgroundNamed } from './backgrounds/index.js';
import type { SceneSpec } from './compose.js';
import type { WorldConcept } from './concepts.js';
import type { Family } from './families.js';
import type { Pose } from './pose.js';

/** What is true of a scene: the ground truth behind its captions. */
export interface SceneFacts {
  readonly background: string;
  readonly objects: readonly {
    readonly concept: string;
    readonly category: string;
    readonly family: Family;
    readonly pose: Pose;
  }[];
}

/** The facts of a scene. `concepts` must hold every concept shown. */
export function sceneFacts(spec: SceneSpec, concepts: readonly WorldConcept[]): SceneFacts {
  const categories = new Map(concepts.map((concept) => [concept.name, concept.category]));
  return {
    background: spec.background,
    objects: spec.objects.map((object) => ({ ...object, category: categories.get(object.concept) ?? 'unknown' })),
  };
}

/** Frames around 'a castle' and 'in a meadow'. */
const FRAMES: readonly ((thing: string, place: string, word: string) => string)[] = [
  (thing, place) => `${thing} ${place}`,
  (thing, place) => `a photo of ${thing} ${place}`,
  (thing, place) => `a picture of ${thing} ${place}`,
  (thing, place) => `an image of ${thing} ${place}`,
  (thing, place) => `${place}, ${thing}`,
  (thing, _, word) => `${thing}, ${word}`,
  (thing, place) => `a drawing of ${thing} ${place}`,
  (thing, place) => `${thing} seen ${place}`,
];

/** A plain caption in one of several phrasings, from nothing but the facts. */
export function templateCaption(rng: Rng, facts: SceneFacts): string {
  const background = backgroundNamed(facts.background);
  const things = facts.objects.map((object) => withArticle(object.concept));
  const last = things[things.length - 1];
  const thing = things.length === 1 ? last : `${things.slice(0, -1).join(', ')} and ${last}`;
  return rng.choice(FRAMES)(thing, rng.choice(background.phrases), rng.choice(background.words));
}

/** Names that take no article: plurals, and what cannot be counted. */
const BARE: ReadonlySet<string> = new Set([
  ...['grapes', 'cherries', 'jeans', 'glasses', 'sunglasses', 'scissors', 'headphones', 'books', 'skis', 'peanuts'],
  ...['french fries', 'pancakes', 'bread', 'bacon', 'popcorn', 'spaghetti', 'sushi', 'ramen', 'curry rice', 'stew'],
  ...['salad', 'coffee', 'corn', 'cheese', 'pudding', 'shaved ice', 'paella', 'sake', 'whiskey', 'champagne', 'dango'],
  ...['japanese dolls', 'masks', 'swords', 'scales', 'shopping bags', 'paw prints', 'fork and knife', 'bamboo'],
  ...['lightning', 'fire', 'tennis', 'badminton', 'bowling', 'hockey', 'ping pong', 'dice', 'meat on the bone'],
]);
/** There is one of each. */
const UNIQUE: ReadonlySet<string> = new Set(['sun', 'statue of liberty']);

/** 'a castle', 'an apple', 'grapes', 'the sun'. */
export function withArticle(name: string): string {
  if (BARE.has(name)) return name;
  if (UNIQUE.has(name)) return `the ${name}`;
  const vowel = /^[aeiou]/.test(name) && !/^(uni|eu|one\b)/.test(name);
  return `${vowel ? 'an' : 'a'} ${name}`;
}
