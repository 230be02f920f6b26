import { InputError } from '../errors.js';
import { rng } from '../random/rng.js';
import type { CaptionRecord } from './log.js';

export interface JoinedNamesOptions {
  readonly concepts: readonly string[];
  /** The broader term of a concept: WordNet's, in the paper. */
  readonly hypernymOf: (concept: string) => string | undefined;
  readonly places: readonly string[];
  /** Number of captions; each concept in each place once by default. */
  readonly count?: number;
  readonly seed?: number;
  readonly source?: string;
  /** How the three names make a caption. */
  readonly join?: (concept: string, hypernym: string, place: string) => string;
}

/**
 * The captions IN+h+Places of Table 2, which no language model writes: a class, its hypernym, and a place drawn whether
 * or not the class is ever found there.
 *
 * The paper prints no such caption. "tench, cyprinid inside airport" is the form of ImageNet-SD (Sariyildiz et al. 2023,
 * arXiv 2212.08420), the set with which the idea began; that SynCLR took it over is our guess, so `join` can be another.
 * Every pair comes once, in random order, before any comes again: "duplicated if fewer exist" (Table 2).
 *
 * @throws InputError for an empty list, a count below 1 or a concept without hypernym
 */
export function joinedNames({
  concepts,
  hypernymOf,
  places,
  count = concepts.length * places.length,
  seed = 0,
  source = 'joined names',
  join = (concept, hypernym, place) => `${concept}, ${hypernym} inside ${place}`,
}: JoinedNamesOptions): CaptionRecord[] {
  if (concepts.length === 0 || places.length === 0 || !(Number.isInteger(count) && count >= 1)) {
    throw new InputError({
      where: 'joinedNames: concepts, places, count',
      expected: 'one of each at least',
      found: `${concepts.length} concepts, ${places.length} places, count ${count}`,
      fix: 'give lists of names, and a whole number of captions',
    });
  }
  const hypernyms = concepts.map((concept) => hypernymOf(concept) ?? refuse(concept));
  const pairs = rng(seed, 'joined names').shuffle([...Array(concepts.length * places.length).keys()]);
  return Array.from({ length: count }, (_, index) => {
    const pair = pairs[index % pairs.length];
    const at = pair % concepts.length;
    const background = places[Math.floor(pair / concepts.length)];
    return {
      index,
      caption: join(concepts[at], hypernyms[at], background),
      concept: concepts[at],
      source,
      background,
      examples: [],
    };
  });
}

function refuse(concept: string): never {
  throw new InputError({
    where: `joinedNames: concept "${concept}"`,
    expected: 'a hypernym',
    found: 'none',
    fix: 'leave the concept out, or have hypernymOf say a broader term',
  });
}
