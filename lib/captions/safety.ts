import { readJson } from '../runs/files.js';
import { projectPath } from '../runs/paths.js';
import type { CaptionRecord } from './log.js';
import { formsOf, wordsOf } from './names.js';

/** Words by topic, in lower case. */
export type SafetyWords = Readonly<Record<string, readonly string[]>>;

/**
 * The committed list (data/captions/safety-words.json), short and in English. It finds words, not meanings: a caption
 * can be harmful without any of them and harmless with one. The paper has no such check.
 */
export function safetyWords(): SafetyWords {
  return readJson<{ groups: SafetyWords }>(projectPath('data', 'captions', 'safety-words.json')).groups;
}

type Prompted = Pick<CaptionRecord, 'caption' | 'concept' | 'background'>;

/**
 * Makes a function that lists the different safety words of a caption, each as it stands in the list. Whole words
 * match, singular or plural. Words of the concept and background asked for are left out: a caption about a revolver
 * may say so.
 */
export function safetyWordFinder(words: SafetyWords = safetyWords()): (record: Prompted) => string[] {
  const byForm = new Map(
    Object.values(words).flatMap((list) => list.flatMap((word) => formsOf(word).map((form) => [form, word] as const))),
  );
  return ({ caption, concept, background = '' }) => {
    const asked = new Set(wordsOf(`${concept} ${background}`).map((word) => byForm.get(word)));
    const found = wordsOf(caption).flatMap((word) => byForm.get(word) ?? []);
    return [...new Set(found)].filter((word) => !asked.has(word));
  };
}
