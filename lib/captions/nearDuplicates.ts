import { InputError } from '../errors.js';
import { wordsOf } from './names.js';

/**
 * Two captions are near-duplicates if, of the different pairs of neighbouring words in either, three of five are in
 * both (Jaccard similarity of word pairs). So of nine words one may be another, of five the last. Our own measure: the
 * paper gives none.
 */
export const NEAR_DUPLICATE = { words: 2, similarity: 0.6 } as const;

export interface NearDuplicateOptions {
  /** Length of a shingle in words. A caption with fewer words is one shingle. */
  words?: number;
  /** Least Jaccard similarity of two sets of shingles, in (0, 1]. */
  similarity?: number;
}

/**
 * For each caption the index of an earlier caption that it nearly repeats, or −1: [captions.length]. Captions that
 * repeat another are not themselves repeated, so that dropping all of them leaves no near-duplicates and no more is
 * dropped than that takes. Of several earlier ones it is the first. Entry i depends on captions 0 … i alone.
 *
 * Exact: a join by prefixes (Bayardo et al. 2007, "Scaling up all pairs similarity search"), not MinHash. Two similar
 * sets share one of their rarest few shingles, so each caption meets only those earlier ones it shares a rare shingle
 * with. Time and memory are close to linear as long as most shingles are rare.
 *
 * @throws InputError for a similarity outside (0, 1] or shingles of no word
 */
export function nearDuplicates(
  captions: readonly string[],
  { words = NEAR_DUPLICATE.words, similarity = NEAR_DUPLICATE.similarity }: NearDuplicateOptions = {},
): Int32Array {
  checkOptions(words, similarity);
  const sets = rankedShingles(captions, words);
  // A shingle's rank → the kept captions that have it among their rarest.
  const index = new Map<number, number[]>();
  const metBy = new Int32Array(sets.length).fill(-1);
  return Int32Array.from(sets, (set, i) => {
    // Sets as similar as that overlap in `least` shingles at least: they can't differ in all of these.
    const least = Math.ceil(similarity * set.length - 1e-9);
    const rarest = set.subarray(0, set.length - least + 1);
    let first = -1;
    const meet = (other: number): void => {
      if (metBy[other] === i || (first >= 0 && first < other)) return;
      metBy[other] = i;
      if (sets[other].length >= least && jaccard(set, sets[other]) >= similarity) first = other;
    };
    for (const shingle of rarest) index.get(shingle)?.forEach(meet);
    if (first < 0) for (const shingle of rarest) addTo(index, shingle, i);
    return first;
  });
}

function addTo(index: Map<number, number[]>, key: number, item: number): void {
  const list = index.get(key);
  if (list) list.push(item);
  else index.set(key, [item]);
}

/** The different shingles of a caption: runs of `words` words, joined by spaces. Never empty. */
export function shinglesOf(caption: string, words: number): Set<string> {
  const all = wordsOf(caption);
  if (all.length < words) return new Set([all.join(' ')]);
  return new Set(all.slice(words - 1).map((_, i) => all.slice(i, i + words).join(' ')));
}

/** Each caption's shingles as ranks in ascending order; the rarest shingle of all captions has rank 0. */
function rankedShingles(captions: readonly string[], words: number): Int32Array[] {
  const ids = new Map<string, number>();
  const counts: number[] = [];
  const sets = captions.map((caption) =>
    Int32Array.from(shinglesOf(caption, words), (shingle) => {
      const id = ids.get(shingle) ?? ids.size;
      ids.set(shingle, id);
      counts[id] = (counts[id] ?? 0) + 1;
      return id;
    }),
  );
  const rank = new Int32Array(counts.length);
  for (const [place, id] of [...counts.keys()].sort((a, b) => counts[a] - counts[b] || a - b).entries())
    rank[id] = place;
  return sets.map((set) => set.map((id) => rank[id]).sort());
}

/** Jaccard similarity of two non-empty sets in ascending order. */
function jaccard(a: Int32Array, b: Int32Array): number {
  let both = 0;
  for (let i = 0, j = 0; i < a.length && j < b.length; ) {
    if (a[i] === b[j]) both++;
    const next = a[i];
    if (next <= b[j]) i++;
    if (b[j] <= next) j++;
  }
  return both / (a.length + b.length - both);
}

function checkOptions(words: number, similarity: number): void {
  const fine = Number.isInteger(words) && words >= 1 && similarity > 0 && similarity <= 1;
  if (fine) return;
  throw new InputError({
    where: 'nearDuplicates: words, similarity',
    expected: 'a whole number of words of at least 1, and a similarity above 0 and at most 1',
    found: `${words}, ${similarity}`,
    fix: `leave them out for ${NEAR_DUPLICATE.words} words and ${NEAR_DUPLICATE.similarity}`,
  });
}
