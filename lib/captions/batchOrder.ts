import type { BatchItem, EvaluationPriority, PrioritizedBatchItem } from 'node-llama-cpp';

/** A sequence's number in the place of a priority: node-llama-cpp hands it on untouched, and only `inLockstep` reads it. */
export const asPriority = (sequence: number): EvaluationPriority => sequence as EvaluationPriority;

/**
 * What goes into the next batch of many sequences: while there are new prompts, as much as fits of them, but not their
 * last tokens; else one token of each sequence, in the order of their numbers.
 *
 * Two things would break a batch up. llama.cpp computes tokens together only of sequences that follow one another by
 * number, and equally many of each (v0.4.0, `split_equal`): batches filled in the order of arrival, as node-llama-cpp
 * does, soon have nearly every sequence computed alone. And sequences that get their words at different moments start
 * batches without each other. So all of them step together, and a caption that ends is followed by the next prompt at
 * once. Prompts are put in falling order: each is then computed whole, not in pieces as long as its neighbour.
 */
export function inLockstep({ items, size }: { items: readonly BatchItem[]; size: number }): PrioritizedBatchItem[] {
  const ordered = [...items].sort((a, b) => a.evaluationPriority - b.evaluationPriority);
  const prompts = ordered.filter(({ tokens }) => tokens.length > 1).reverse();
  if (prompts.length === 0) return ordered.map((item) => ({ item, processAmount: 1 }));
  let room = size;
  const batch: PrioritizedBatchItem[] = [];
  for (const item of prompts) {
    const processAmount = Math.min(item.tokens.length - 1, room);
    if (processAmount > 0) batch.push({ item, processAmount });
    room -= processAmount;
  }
  return batch;
}
