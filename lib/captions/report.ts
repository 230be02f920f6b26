import type { CaptionRecord } from './log.js';
import { captionNames, wordsOf } from './names.js';
import { CAPTION_TEMPLATES, type CaptionTemplate } from './templates.js';

/** Measures of a caption set. Shares are in [0, 1]; a share of nothing is NaN. */
export interface CaptionReport {
  readonly count: number;
  /** Share of each template. */
  readonly templates: Readonly<Record<CaptionTemplate, number>>;
  /** Share of each source (Table 11). */
  readonly sources: Readonly<Record<string, number>>;
  /** Share of all captions that name their concept. */
  readonly namingConcept: number;
  readonly namingConceptByTemplate: Readonly<Record<CaptionTemplate, number>>;
  /** Share of `c,bg` captions that name their background. */
  readonly namingBackground: number;
  /** Share of `c,rel` captions that hold the words of their relation. */
  readonly namingRelation: number;
  /** Share of captions whose text stands earlier in the set. */
  readonly duplicates: number;
  /** Share of captions without a word. */
  readonly empty: number;
  /** Words a caption. */
  readonly length: { readonly mean: number; readonly min: number; readonly max: number };
  /** Different words in the set. */
  readonly distinctWords: number;
}

/** Counts what a caption set holds. `synonyms` are other names of a concept or background. */
export function captionReport(
  records: readonly CaptionRecord[],
  { synonyms = {} }: { synonyms?: Readonly<Record<string, readonly string[]>> } = {},
): CaptionReport {
  const names = (caption: string, name: string): boolean => captionNames(caption, name, synonyms[name]);
  const namesConcept = (record: CaptionRecord): boolean => names(record.caption, record.concept);
  const withBackground = records.filter((record) => record.background !== undefined);
  const withRelation = records.filter((record) => record.relation !== undefined);
  const words = records.map(({ caption }) => wordsOf(caption));
  const lengths = words.map((list) => list.length);
  const sources = [...new Set(records.map(({ source }) => source))];
  const of = (template: CaptionTemplate): CaptionRecord[] => records.filter((record) => record.template === template);
  const perTemplate = (measure: (template: CaptionTemplate) => number): Record<CaptionTemplate, number> =>
    Object.fromEntries(CAPTION_TEMPLATES.map((template) => [template, measure(template)])) as Record<
      CaptionTemplate,
      number
    >;
  return {
    count: records.length,
    templates: perTemplate((template) => of(template).length / records.length),
    sources: Object.fromEntries(sources.map((name) => [name, share(records, ({ source }) => source === name)])),
    namingConcept: share(records, namesConcept),
    namingConceptByTemplate: perTemplate((template) => share(of(template), namesConcept)),
    namingBackground: share(withBackground, ({ caption, background }) => names(caption, background as string)),
    namingRelation: share(withRelation, ({ caption, relation }) => captionNames(caption, relation as string)),
    duplicates: 1 - new Set(records.map(({ caption }) => caption)).size / records.length,
    empty: share(lengths, (length) => length === 0),
    length: {
      mean: lengths.reduce((a, b) => a + b, 0) / lengths.length,
      min: lengths.reduce((a, b) => Math.min(a, b), Number.POSITIVE_INFINITY),
      max: lengths.reduce((a, b) => Math.max(a, b), 0),
    },
    distinctWords: new Set(words.flat()).size,
  };
}

function share<T>(items: readonly T[], test: (item: T) => boolean): number {
  return items.filter(test).length / items.length;
}
