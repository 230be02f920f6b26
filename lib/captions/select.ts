import { InputError } from '../errors.js';
import type { CaptionRecord } from './log.js';
import { captionNames, wordsOf } from './names.js';
import { type NearDuplicateOptions, nearDuplicates } from './nearDuplicates.js';
import { type SafetyWords, safetyWordFinder } from './safety.js';

/** What a caption must be to be kept. The paper keeps all; each of these is a departure that a run has to name. */
export interface CaptionSelection {
  /** Only captions of at least and at most so many words. */
  minWords?: number;
  maxWords?: number;
  /** Only captions that name their concept. */
  requireConcept?: boolean;
  /** Of captions asked for a background, only those that name it. */
  requireBackground?: boolean;
  /** Of captions asked for a relation, only those that hold its words. */
  requireRelation?: boolean;
  /** Only captions without a safety word that their prompt didn't ask for; `true` takes the committed list. */
  dropUnsafe?: boolean | SafetyWords;
  /** Only the first of equal texts. */
  dropDuplicates?: boolean;
  /** Only captions that no earlier one nearly repeats; `true` takes `NEAR_DUPLICATE`. */
  dropNearDuplicates?: boolean | NearDuplicateOptions;
  /** Other names of a concept or background. */
  synonyms?: Readonly<Record<string, readonly string[]>>;
}

/** What of a selection removed captions, in the order in which the filters are applied. */
export type CaptionFilter = Exclude<keyof CaptionSelection, 'synonyms'>;

/** The captions a selection keeps, in their order, and how many each of its filters removed of what came to it. */
export interface SiftedCaptions<R> {
  readonly kept: R[];
  readonly removed: Readonly<Partial<Record<CaptionFilter, number>>>;
}

/** The captions that satisfy a selection, in their order. Without options: all, as in paper §3.1. */
export function selectCaptions<R extends CaptionRecord>(records: readonly R[], selection: CaptionSelection = {}): R[] {
  return siftCaptions(records, selection).kept;
}

/**
 * As `selectCaptions`, with counts. Repeats are looked for last, among what the other filters leave.
 *
 * @throws InputError if no number of words lies within the limits
 */
export function siftCaptions<R extends CaptionRecord>(
  records: readonly R[],
  selection: CaptionSelection = {},
): SiftedCaptions<R> {
  refuseNoLength(selection);
  let kept = [...records];
  const removed: Partial<Record<CaptionFilter, number>> = {};
  for (const [name, filter] of filtersOf(selection)) {
    const left = filter(kept) as R[];
    removed[name] = kept.length - left.length;
    kept = left;
  }
  return { kept, removed };
}

function refuseNoLength({ minWords = 0, maxWords = Number.POSITIVE_INFINITY }: CaptionSelection): void {
  if (minWords <= maxWords) return;
  throw new InputError({
    where: 'selectCaptions: minWords, maxWords',
    expected: 'a minWords that is not above maxWords',
    found: `${minWords}, ${maxWords}`,
    fix: 'change one of them',
  });
}

type Filter = (records: readonly CaptionRecord[]) => CaptionRecord[];

/** The filters that a selection switches on. */
function filtersOf({
  minWords,
  maxWords,
  requireConcept,
  requireBackground,
  requireRelation,
  dropUnsafe,
  dropDuplicates,
  dropNearDuplicates,
  synonyms = {},
}: CaptionSelection): [CaptionFilter, Filter][] {
  const names = (caption: string, name: string | undefined): boolean =>
    name === undefined || captionNames(caption, name, synonyms[name]);
  const each =
    (test: (record: CaptionRecord) => boolean): Filter =>
    (records) =>
      records.filter(test);
  const filters: Record<CaptionFilter, Filter | false | undefined> = {
    minWords: minWords !== undefined && each(({ caption }) => wordsOf(caption).length >= minWords),
    maxWords: maxWords !== undefined && each(({ caption }) => wordsOf(caption).length <= maxWords),
    requireConcept: requireConcept && each(({ caption, concept }) => names(caption, concept)),
    requireBackground: requireBackground && each(({ caption, background }) => names(caption, background)),
    requireRelation: requireRelation && each(({ caption, relation }) => names(caption, relation)),
    dropUnsafe: dropUnsafe && safeOnly(dropUnsafe),
    dropDuplicates: dropDuplicates && withoutDuplicates,
    dropNearDuplicates: dropNearDuplicates && withoutNearDuplicates(dropNearDuplicates),
  };
  return Object.entries(filters).filter(([, filter]) => filter) as [CaptionFilter, Filter][];
}

function safeOnly(words: true | SafetyWords): Filter {
  const unsafeIn = safetyWordFinder(words === true ? undefined : words);
  return (records) => records.filter((record) => unsafeIn(record).length === 0);
}

function withoutDuplicates(records: readonly CaptionRecord[]): CaptionRecord[] {
  const seen = new Set<string>();
  return records.filter(({ caption }) => seen.size < seen.add(caption).size);
}

function withoutNearDuplicates(how: true | NearDuplicateOptions): Filter {
  return (records) => {
    const captions = records.map(({ caption }) => caption);
    const earlier = nearDuplicates(captions, how === true ? {} : how);
    return records.filter((_, i) => earlier[i] < 0);
  };
}
