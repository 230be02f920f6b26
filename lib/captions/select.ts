import type { CaptionRecord } from './log.js';
import { captionNames, wordsOf } from './names.js';

/** What a caption must be to be kept. The paper keeps all; each of these is a departure that a run has to name. */
export interface CaptionSelection {
  /** Only captions that name their concept. */
  requireConcept?: boolean;
  /** Of `c,bg` captions, only those that name their background. */
  requireBackground?: boolean;
  /** Only captions of at most this many words. */
  maxWords?: number;
  /** Only the first of equal texts. */
  dropDuplicates?: boolean;
  /** Other names of a concept or background. */
  synonyms?: Readonly<Record<string, readonly string[]>>;
}

/** The captions that satisfy a selection, in their order. Without options: all, as in the paper (§3.1). */
export function selectCaptions<R extends CaptionRecord>(
  records: readonly R[],
  {
    requireConcept = false,
    requireBackground = false,
    maxWords = Number.POSITIVE_INFINITY,
    dropDuplicates = false,
    synonyms = {},
  }: CaptionSelection = {},
): R[] {
  const names = (caption: string, name: string): boolean => captionNames(caption, name, synonyms[name]);
  const seen = new Set<string>();
  return records.filter(({ caption, concept, background }) => {
    if (requireConcept && !names(caption, concept)) return false;
    if (requireBackground && background !== undefined && !names(caption, background)) return false;
    if (wordsOf(caption).length > maxWords) return false;
    if (dropDuplicates && seen.has(caption)) return false;
    seen.add(caption);
    return true;
  });
}
