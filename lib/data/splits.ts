import { type Rng, rng } from '../random/rng.js';
import { BACKGROUNDS } from './backgrounds/index.js';
import type { WorldConcept } from './concepts.js';
import { type Family, GENERATOR_FAMILIES, HELD_OUT_FAMILIES } from './families.js';

export type RealSplit = 'train' | 'val' | 'test';

/** What a split may show of one concept. */
export interface Allowance {
  readonly families: readonly Family[];
  /** Names of backgrounds. */
  readonly backgrounds: readonly string[];
}

/** Of the twelve backgrounds of a concept: three only in test (25 %), two only in val, seven in train. */
const TEST_SHARE = 0.25;
const VAL_SHARE = 1 / 6;
/** Share of (concept, background) pairs that the generator never sees. */
const GENERATOR_HELD_OUT = 0.1;

/**
 * The real images' split of one concept. By instance, as in ImageNet: one of the three held-out families, drawn for
 * each concept, is only in `test`, so its drawing was seen by no generator, encoder or probe; styles are mixed in
 * every split. By composition: the concept's backgrounds are divided among the splits. `val` shows the drawings
 * of `train` before other backgrounds.
 *
 * @param splitSeed  0 is the world's own division; every result of the project uses it
 */
export function realAllowance(concept: WorldConcept, split: RealSplit, splitSeed = 0): Allowance {
  const families = rng(splitSeed, 'real families', concept.name).shuffle(HELD_OUT_FAMILIES);
  const backgrounds = shuffledBackgrounds(rng(splitSeed, 'real backgrounds', concept.name));
  const tests = Math.round(TEST_SHARE * backgrounds.length);
  const vals = Math.round(VAL_SHARE * backgrounds.length);
  if (split === 'test') return { families: families.slice(2), backgrounds: backgrounds.slice(0, tests) };
  const rest = backgrounds.slice(tests);
  return { families: families.slice(0, 2), backgrounds: split === 'val' ? rest.slice(0, vals) : rest.slice(vals) };
}

/**
 * The drawings of `train` and `val` before the backgrounds of `test`: what is known, in places that are new for it.
 * An allowance for `realScenes`, whatever its split.
 */
export function newPlacesAllowance(concept: WorldConcept, _split: RealSplit = 'test', splitSeed = 0): Allowance {
  const { families } = realAllowance(concept, 'train', splitSeed);
  return { families, backgrounds: realAllowance(concept, 'test', splitSeed).backgrounds };
}

/** What the generator is trained on: its own families, and all but about a tenth of the backgrounds. */
export function generatorAllowance(concept: WorldConcept, splitSeed = 0): Allowance {
  const stream = rng(splitSeed, 'generator backgrounds', concept.name);
  const backgrounds = shuffledBackgrounds(stream);
  // 1.2 of 12 pairs on average: the fraction is settled by a coin.
  const share = GENERATOR_HELD_OUT * backgrounds.length;
  const heldOut = Math.floor(share) + (stream.bernoulli(share % 1) ? 1 : 0);
  return {
    families: GENERATOR_FAMILIES.filter((family) => concept.icons[family] !== undefined),
    backgrounds: backgrounds.slice(heldOut),
  };
}

function shuffledBackgrounds(stream: Rng): string[] {
  return stream.shuffle(BACKGROUNDS.map((background) => background.name));
}
