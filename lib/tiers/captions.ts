import {
  type CaptionMixture,
  type CaptionPrompt,
  type CaptionRecord,
  drawPrompt,
  inContextBanks,
  objectMixture,
  readCaptionLog,
  selectCaptions,
} from '../captions/index.js';
import { BACKGROUNDS, type WorldConcept, worldConcepts } from '../data/index.js';
import { projectPath } from '../runs/paths.js';
import { tierSettings } from './settings.js';

/** The committed log of a real language model, which every tier reads: nobody needs the model to go on. */
export const CAPTION_LOG = projectPath('data', 'captions', 'emoji-laptop.jsonl.gz');

/** The concepts of the emoji world that a tier uses: a prefix of the list, so it is balanced over categories. */
export function tierConcepts(tier: string): WorldConcept[] {
  return worldConcepts({ count: tierSettings(tier).concepts });
}

/** What the committed log's prompts were drawn from: 120 concepts, each before any of the twelve backgrounds. */
export function worldMixture(): CaptionMixture {
  return objectMixture({
    concepts: worldConcepts({ count: 120 }).map(({ name }) => name),
    backgrounds: BACKGROUNDS.map(({ name }) => name),
  });
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
export function tierCaptions(tier: string): CaptionRecord[] {
  const names = new Set(tierConcepts(tier).map(({ name }) => name));
  const { records } = readCaptionLog(CAPTION_LOG);
  return selectCaptions(
    records.filter(({ concept }) => names.has(concept)),
    { requireConcept: true, requireBackground: true, dropDuplicates: true, synonyms: backgroundSynonyms },
  );
}
