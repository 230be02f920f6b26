import { inContextBanks } from '../../captions/examples.js';
import { type CaptionRecord, readCaptionLog } from '../../captions/log.js';
import { type CaptionMixture, checkedMixture, TEMPLATE_SHARES } from '../../captions/mixture.js';
import { type CaptionPrompt, drawPrompt } from '../../captions/prompts.js';
import { selectCaptions } from '../../captions/select.js';
import { BACKGROUNDS } from '../../data/backgrounds/index.js';
import { type WorldConcept, worldCategories, worldConcepts } from '../../data/concepts.js';
import { withPlausibleBackgrounds } from '../../data/plausibleBackgrounds.js';
import { projectPath } from '../../runs/paths.js';
import { type Tier, tierSettings } from './settings.js';

/** The committed log of a real language model: nobody needs the model to go on. */
export const CAPTION_LOG = projectPath('data', 'captions', 'emoji-laptop.jsonl.gz');

/** What a model nearly six times as large wrote for the first of the same prompts; it runs on after a sentence: see `firstSentence`. */
export const LARGER_WRITER_LOG = projectPath('data', 'captions', 'emoji-larger-writer.jsonl.gz');

/** A log of Table 2's strategy IN+Places+LLM: the same concepts before any background. */
export const PLACES_CAPTION_LOG = projectPath('data', 'captions', 'emoji-places.jsonl.gz');

/** The concepts of the emoji world that a tier uses: a prefix of the list, so it is balanced over categories. */
export function tierConcepts(tier: Tier): WorldConcept[] {
  return worldConcepts({ count: tierSettings(tier).concepts });
}

/**
 * What prompts of the emoji world are drawn from: its first `count` concepts, each before the backgrounds that suit it.
 * Its categories are the sources, with the shares of their concepts.
 */
export function worldMixture({ count = 200 }: { count?: number } = {}): CaptionMixture {
  const concepts = worldConcepts({ count });
  const sources = worldCategories(concepts).map((name) => {
    const members = concepts.filter(({ category }) => category === name);
    return {
      name,
      kind: 'object' as const,
      share: members.length / count,
      concepts: withPlausibleBackgrounds(members),
    };
  });
  return checkedMixture({ sources, templates: TEMPLATE_SHARES });
}

/** Prompt number `index` of the emoji world; seed 0 gives those that the committed log answers. */
export function worldPrompt(index: number, { seed = 0 }: { seed?: number } = {}): CaptionPrompt {
  return drawPrompt(index, { seed, mixture: worldMixture(), banks: inContextBanks() });
}

/** Other words for the backgrounds: a caption that says "grass" names the meadow. */
export const backgroundSynonyms: Readonly<Record<string, readonly string[]>> = Object.fromEntries(
  BACKGROUNDS.map(({ name, words }) => [name, words]),
);

/**
 * The captions that a tier makes images of: those of the log about its concepts that name their concept and, where
 * the prompt had one, their background. The paper keeps all captions; a 270M model's are too often about something else.
 */
export function tierCaptions(tier: Tier): CaptionRecord[] {
  const names = new Set(tierConcepts(tier).map(({ name }) => name));
  const { records } = readCaptionLog(CAPTION_LOG);
  return selectCaptions(
    records.filter(({ concept }) => names.has(concept)),
    { requireConcept: true, requireBackground: true, dropDuplicates: true, synonyms: backgroundSynonyms },
  );
}
