import type { CaptionRecord } from './log.js';
import { captionNames, wordsOf } from './names.js';
import { type NearDuplicateOptions, nearDuplicates } from './nearDuplicates.js';
import { type SafetyWords, safetyWordFinder } from './safety.js';
import type { CaptionTemplate } from './templates.js';

/** Measures of some captions. Shares are in [0, 1]; a share of nothing is NaN. */
export interface CaptionMeasures {
  readonly count: number;
  /** Of the captions whose concept is known, the share that names it. */
  readonly namingConcept: number;
  /** Of the captions asked for a background, the share that names it. */
  readonly namingBackground: number;
  /** Of the captions asked for a relation, the share that holds its words. */
  readonly namingRelation: number;
  /** Share whose text stands earlier in the set. */
  readonly duplicates: number;
  /** Share that repeats an earlier one, wholly or nearly (see `nearDuplicates`). */
  readonly nearDuplicates: number;
  /** Share without a word. */
  readonly empty: number;
  /** Share that doesn't end a sentence: cut off at the most tokens, or a bare name. Logs don't tell which. */
  readonly unfinished: number;
  /** Words a caption; `counts[n]` captions have n words. */
  readonly length: {
    readonly mean: number;
    readonly median: number;
    readonly min: number;
    readonly max: number;
    readonly counts: readonly number[];
  };
  /** Different words in the set. */
  readonly distinctWords: number;
  /** Share with a safety word that its prompt didn't ask for, and how many captions have each. */
  readonly safety: { readonly captions: number; readonly words: Readonly<Record<string, number>> };
}

/** Measures of a caption set, whole and by template. */
export interface CaptionReport extends CaptionMeasures {
  /** Share of each template. Captions that no prompt asked for have none. */
  readonly templates: Readonly<Record<CaptionTemplate, number>>;
  /** Share of each source (Table 11). */
  readonly sources: Readonly<Record<string, number>>;
  readonly namingConceptByTemplate: Readonly<Record<CaptionTemplate, number>>;
  /** Repeats are looked for within the template. */
  readonly byTemplate: Readonly<Record<CaptionTemplate, CaptionMeasures>>;
}

export interface CaptionReportOptions {
  /** Other names of a concept or background. */
  synonyms?: Readonly<Record<string, readonly string[]>>;
  /** Instead of `safetyWords()`. */
  unsafeWords?: SafetyWords;
  /** What counts as nearly the same. */
  near?: NearDuplicateOptions;
}

/** Counts what a caption set holds. */
export function captionReport(
  records: readonly CaptionRecord[],
  { synonyms = {}, unsafeWords, near }: CaptionReportOptions = {},
): CaptionReport {
  const how = { synonyms, near, unsafeIn: safetyWordFinder(unsafeWords) };
  const sources = [...new Set(records.map(({ source }) => source))];
  const byTemplate = perTemplate((template) => measure(ofTemplate(records, template), how));
  return {
    ...measure(records, how),
    templates: perTemplate((template) => byTemplate[template].count / records.length),
    sources: Object.fromEntries(sources.map((name) => [name, share(records, ({ source }) => source === name)])),
    namingConceptByTemplate: perTemplate((template) => byTemplate[template].namingConcept),
    byTemplate,
  };
}

/** Ends in a full stop, exclamation or question mark, or an ellipsis, perhaps inside quotes or brackets. */
const SENTENCE_END = /[.!?…]["'”’)\]]*$/;

function measure(
  records: readonly CaptionRecord[],
  {
    synonyms,
    near,
    unsafeIn,
  }: Required<Pick<CaptionReportOptions, 'synonyms'>> & {
    near: NearDuplicateOptions | undefined;
    unsafeIn: (record: CaptionRecord) => string[];
  },
): CaptionMeasures {
  const names = (caption: string, name: string): boolean => captionNames(caption, name, synonyms[name]);
  const withConcept = records.filter(({ concept }) => concept !== '');
  const withBackground = records.filter(({ background }) => background !== undefined);
  const withRelation = records.filter(({ relation }) => relation !== undefined);
  const captions = records.map(({ caption }) => caption);
  const words = captions.map(wordsOf);
  const unsafe = records.map(unsafeIn);
  return {
    count: records.length,
    namingConcept: share(withConcept, ({ caption, concept }) => names(caption, concept)),
    namingBackground: share(withBackground, ({ caption, background }) => names(caption, background as string)),
    namingRelation: share(withRelation, ({ caption, relation }) => captionNames(caption, relation as string)),
    duplicates: 1 - new Set(captions).size / records.length,
    nearDuplicates: share([...nearDuplicates(captions, near)], (earlier) => earlier >= 0),
    empty: share(words, ({ length }) => length === 0),
    unfinished: share(captions, (caption) => !SENTENCE_END.test(caption)),
    length: lengthsOf(words.map(({ length }) => length)),
    distinctWords: new Set(words.flat()).size,
    safety: { captions: share(unsafe, ({ length }) => length > 0), words: tally(unsafe.flat()) },
  };
}

function lengthsOf(lengths: readonly number[]): CaptionMeasures['length'] {
  const sorted = [...lengths].sort((a, b) => a - b);
  const max = sorted.at(-1) ?? 0;
  const counts = new Array<number>(max + 1).fill(0);
  for (const length of lengths) counts[length]++;
  return {
    mean: lengths.reduce((a, b) => a + b, 0) / lengths.length,
    median: (sorted[(sorted.length - 1) >> 1] + sorted[sorted.length >> 1]) / 2,
    min: sorted[0] ?? Number.POSITIVE_INFINITY,
    max,
    counts,
  };
}

/** How often each word occurs, the most frequent first. */
function tally(words: readonly string[]): Record<string, number> {
  const counts = new Map<string, number>();
  for (const word of words) counts.set(word, (counts.get(word) ?? 0) + 1);
  return Object.fromEntries([...counts].sort(([a, n], [b, m]) => m - n || (a < b ? -1 : 1)));
}

function perTemplate<T>(of: (template: CaptionTemplate) => T): Record<CaptionTemplate, T> {
  return { c: of('c'), 'c,bg': of('c,bg'), 'c,rel': of('c,rel') };
}

function ofTemplate(records: readonly CaptionRecord[], template: CaptionTemplate): CaptionRecord[] {
  return records.filter((record) => record.template === template);
}

function share<T>(items: readonly T[], test: (item: T) => boolean): number {
  return items.filter(test).length / items.length;
}
