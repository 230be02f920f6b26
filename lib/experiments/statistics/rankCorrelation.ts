import type { Rng } from '../../random/rng.js';

/** Ranks 1 … n, the smallest first; equal values share the mean of their ranks. */
export function ranks(values: ArrayLike<number>): number[] {
  const order = Array.from(values, (_, at) => at).sort((a, b) => values[a] - values[b]);
  const result = new Array<number>(values.length);
  for (let from = 0; from < order.length; ) {
    let to = from;
    while (to < order.length && values[order[to]] === values[order[from]]) to++;
    for (let at = from; at < to; at++) result[order[at]] = (from + 1 + to) / 2;
    from = to;
  }
  return result;
}

/** Spearman's ρ, −1 … 1: the correlation of ranks. NaN where one of the lists is constant. */
export function spearman(first: ArrayLike<number>, second: ArrayLike<number>): number {
  const [a, b] = [ranks(first), ranks(second)];
  const middle = (a.length + 1) / 2;
  let [ab, aa, bb] = [0, 0, 0];
  for (let i = 0; i < a.length; i++) {
    ab += (a[i] - middle) * (b[i] - middle);
    aa += (a[i] - middle) ** 2;
    bb += (b[i] - middle) ** 2;
  }
  return ab / Math.sqrt(aa * bb);
}

/**
 * Kendall's τ-b, −1 … 1: pairs in the same order less pairs in the opposite one, over the pairs that are not tied. NaN where
 * one of the lists is constant.
 */
export function kendall(first: ArrayLike<number>, second: ArrayLike<number>): number {
  let [balance, untiedFirst, untiedSecond] = [0, 0, 0];
  for (let i = 0; i < first.length; i++) {
    for (let j = 0; j < i; j++) {
      const [a, b] = [Math.sign(first[i] - first[j]), Math.sign(second[i] - second[j])];
      balance += a * b;
      untiedFirst += Math.abs(a);
      untiedSecond += Math.abs(b);
    }
  }
  return balance / Math.sqrt(untiedFirst * untiedSecond);
}

/** Up to so many rows all orders are tried: 8! = 40 320. */
const EXACT_ROWS = 8;
const RANDOM_ORDERS = 20_000;

/**
 * How often a random order of `second` correlates with `first` at least as well as the order found: the one-sided p-value
 * of a rank correlation. Exact up to 8 rows; beyond, from 20 000 random orders.
 */
export function permutationP(
  first: readonly number[],
  second: readonly number[],
  { rng, correlation = spearman }: { rng: Rng; correlation?: typeof spearman },
): number {
  const found = correlation(first, second) - 1e-9;
  let [count, total] = [0, 0];
  const tried = second.length <= EXACT_ROWS ? orders(second) : randomOrders(second, rng);
  for (const order of tried) {
    total++;
    if (correlation(first, order) >= found) count++;
  }
  return count / total;
}

/** Every order of some values, by Heap's algorithm. The list is the same one each time. */
function* orders(values: readonly number[]): Generator<number[]> {
  const list = [...values];
  const turns = new Array<number>(list.length).fill(0);
  yield list;
  for (let at = 1; at < list.length; ) {
    if (turns[at] < at) {
      const other = at % 2 === 0 ? 0 : turns[at];
      [list[other], list[at]] = [list[at], list[other]];
      yield list;
      turns[at]++;
      at = 1;
    } else turns[at++] = 0;
  }
}

function* randomOrders(values: readonly number[], rng: Rng): Generator<number[]> {
  yield [...values]; // the order found is one of them: p is never 0
  for (let at = 1; at < RANDOM_ORDERS; at++) yield rng.shuffle(values);
}
