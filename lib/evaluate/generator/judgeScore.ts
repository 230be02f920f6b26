import type { Verdicts } from '../judge/judgeOf.js';
import { argmaxRows } from '../metrics.js';
import { type Share, shareOf } from '../share.js';

/** What a picture was asked to show. */
export interface Wanted {
  /** the judge's label */
  concept: number;
  /** index into the judge's backgrounds, where the caption names one */
  background?: number;
}

/** How far pictures are what their captions ask for, with 95 % intervals. */
export interface JudgeScore {
  /** the judge's first answer, of all its concepts and 'none of these', is the caption's concept */
  concept: Share;
  /** the same of backgrounds, over captions that name one; null where none does */
  background: Share | null;
  /** called none of the concepts */
  none: Share;
  /** concept by concept, worst first: pictures, how many were right, and what the others were taken for most often */
  byConcept: { concept: string; of: number; right: number; takenFor: string | null }[];
}

/** The judge's first answers against what was asked for. `wanted` goes with the rows of `verdicts`. */
export function judgeScore(
  verdicts: Verdicts,
  wanted: readonly Wanted[],
  { concepts, backgrounds }: { concepts: readonly string[]; backgrounds: readonly string[] },
): JudgeScore {
  const { count } = verdicts;
  if (wanted.length !== count || count === 0) {
    throw new RangeError(`judgeScore: ${count} verdicts for ${wanted.length} pictures`);
  }
  const said = argmaxRows(verdicts.concepts, concepts.length + 1);
  const places = argmaxRows(verdicts.backgrounds, backgrounds.length);
  const withPlace = wanted.flatMap(({ background }, i) => (background === undefined ? [] : [places[i] === background]));
  const right = wanted.filter(({ concept }, i) => said[i] === concept).length;
  return {
    concept: shareOf(right, count),
    background: withPlace.length > 0 ? shareOf(withPlace.filter(Boolean).length, withPlace.length) : null,
    none: shareOf(said.filter((label) => label === concepts.length).length, count),
    byConcept: conceptByConcept(said, wanted, [...concepts, 'none of these']),
  };
}

function conceptByConcept(said: Int32Array, wanted: readonly Wanted[], names: readonly string[]) {
  const rows = [...new Set(wanted.map(({ concept }) => concept))].map((concept) => {
    const answers = [...said].filter((_, i) => wanted[i].concept === concept);
    const wrong = answers.filter((label) => label !== concept);
    return {
      concept: names[concept],
      of: answers.length,
      right: answers.length - wrong.length,
      takenFor: wrong.length > 0 ? names[mostFrequent(wrong)] : null,
    };
  });
  return rows.sort((a, b) => a.right / a.of - b.right / b.of || (a.concept < b.concept ? -1 : 1));
}

/** The smaller of equals. */
function mostFrequent(labels: readonly number[]): number {
  const counts = new Map<number, number>();
  for (const label of labels) counts.set(label, (counts.get(label) ?? 0) + 1);
  return [...counts].sort(([a, n], [b, m]) => m - n || a - b)[0][0];
}
