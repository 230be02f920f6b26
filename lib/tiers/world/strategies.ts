import { hypernymOf } from '../../captions/concepts/hypernyms.js';
import { joinedNames } from '../../captions/joinedNames.js';
import type { CaptionRecord } from '../../captions/log.js';
import { BACKGROUNDS } from '../../data/backgrounds/index.js';
import { worldConcepts } from '../../data/concepts.js';
import { sceneFacts, templateCaption, withArticle } from '../../data/sceneCaptions.js';
import { realScenes, type SceneSet } from '../../data/scenes.js';
import { rng } from '../../random/rng.js';

const PLACES = BACKGROUNDS.map(({ name }) => name);

/** The emoji world's captions IN+h+Places: each of its first `concepts` concepts, of WordNet's kind, in each place. */
export function worldJoinedNames({
  concepts = 200,
  ...options
}: {
  concepts?: number;
  count?: number;
  seed?: number;
} = {}): CaptionRecord[] {
  return joinedNames({
    concepts: worldConcepts({ count: concepts }).map(({ name }) => name),
    hypernymOf: (name) => hypernymOf(name, 'world'),
    places: PLACES,
    ...options,
  });
}

/**
 * The emoji world's real captions, in the place of Table 2's cc12m: a plain true sentence about each of `count` real
 * training scenes, which shows one thing. Caption i is a function of (seed, i); no scene is drawn for it.
 */
export async function worldAltTexts({
  concepts = 200,
  count,
  seed = 0,
  scenes: given,
}: {
  concepts?: number;
  count: number;
  seed?: number;
  /** other scenes of the same concepts */
  scenes?: SceneSet;
}): Promise<CaptionRecord[]> {
  const shown = worldConcepts({ count: concepts });
  const scenes = given ?? (await realScenes({ split: 'train', concepts: shown, count, seed }));
  return Array.from({ length: count }, (_, index) => {
    const facts = sceneFacts(scenes.spec(index), shown);
    const [{ concept }] = facts.objects;
    const caption = templateCaption(rng(seed, 'alt text', index), facts);
    return { index, caption, concept, source: 'real scenes', background: facts.background, examples: [] };
  });
}

/** How a name is framed where no place is named: the phrasings of `templateCaption` that begin without it. */
const FRAMES = ['', 'a photo of', 'a picture of', 'an image of', 'a drawing of'];

/**
 * Captions that name a concept and no place, written by no model: controls for what the place does. Concepts take turns;
 * caption i is a function of (seed, i), and the same words come again, for pictures of other noise.
 */
export function worldNames({
  concepts = 200,
  count,
  seed = 0,
  frames = FRAMES,
}: {
  concepts?: number;
  count: number;
  seed?: number;
  frames?: readonly string[];
}): CaptionRecord[] {
  const named = worldConcepts({ count: concepts });
  return Array.from({ length: count }, (_, index) => {
    const { name } = named[index % named.length];
    const caption = `${rng(seed, 'names', index).choice(frames)} ${withArticle(name)}`.trim();
    return { index, caption, concept: name, source: 'names', examples: [] };
  });
}
