import { InputError } from '../errors.js';
import type { CaptionRecord } from './log.js';
import { wordsOf } from './names.js';
import { type NearDuplicateOptions, nearDuplicates } from './nearDuplicates.js';

/** How a caption set's variety grows with its size: arrays with one entry for each prefix of the set, [points]. */
export interface DiversityCurve {
  /** Length of the prefix. */
  readonly captions: readonly number[];
  /** Different words in it. */
  readonly words: readonly number[];
  /** Different concepts in it, of those that are known. */
  readonly concepts: readonly number[];
  /** Share of it that repeats an earlier caption, wholly or nearly. */
  readonly nearDuplicates: readonly number[];
}

/**
 * Measures prefixes of a caption set, in the order given.
 *
 * @param points  lengths of the prefixes, ascending; about ten for each power of ten by default
 * @throws InputError if they don't ascend from 1 to at most the number of captions
 */
export function diversityCurve(
  records: readonly CaptionRecord[],
  { points = evenOnLogScale(records.length), near }: { points?: readonly number[]; near?: NearDuplicateOptions } = {},
): DiversityCurve {
  checkPoints(points, records.length);
  const earlier = nearDuplicates(
    records.map(({ caption }) => caption),
    near,
  );
  const words = new Set<string>();
  const concepts = new Set<string>();
  let repeats = 0;
  let at = 0;
  const rows = points.map((point) => {
    for (; at < point; at++) {
      for (const word of wordsOf(records[at].caption)) words.add(word);
      if (records[at].concept !== '') concepts.add(records[at].concept);
      if (earlier[at] >= 0) repeats++;
    }
    return { words: words.size, concepts: concepts.size, nearDuplicates: repeats / point };
  });
  return {
    captions: points,
    words: rows.map((row) => row.words),
    concepts: rows.map((row) => row.concepts),
    nearDuplicates: rows.map((row) => row.nearDuplicates),
  };
}

/** 10, 13, 16, 20, 25 … and n itself. */
function evenOnLogScale(n: number): number[] {
  const steps = Array.from({ length: Math.ceil(10 * Math.log10(Math.max(n, 1))) }, (_, i) =>
    Math.round(10 ** (i / 10)),
  );
  return [...steps.filter((point) => point >= 10 && point < n), n];
}

function checkPoints(points: readonly number[], count: number): void {
  const fine = points.every((point, i) => Number.isInteger(point) && point > (points[i - 1] ?? 0) && point <= count);
  if (fine && points.length > 0) return;
  throw new InputError({
    where: 'diversityCurve: points',
    expected: `whole numbers that ascend from 1 to at most the ${count} captions`,
    found: points.join(', '),
    fix: count === 0 ? 'give captions' : 'leave points out',
  });
}
