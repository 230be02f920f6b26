import fc from 'fast-check';
import type { BatchItem } from 'node-llama-cpp';
import { describe, expect, it } from 'vitest';
import { asPriority, inLockstep } from '../../lib/captions/batchOrder.js';

/** An item of sequence `number` that has `length` tokens to compute. */
const item = (number: number, length: number): BatchItem => ({
  tokens: Array.from({ length }, () => 0) as unknown as BatchItem['tokens'],
  logits: [],
  evaluationPriority: asPriority(number),
});
const plan = (items: BatchItem[], size: number): number[][] =>
  inLockstep({ items, size }).map(({ item, processAmount }) => [item.evaluationPriority, processAmount]);

describe('inLockstep', () => {
  it('steps all sequences, in the order of their numbers', () => {
    expect(plan([item(3, 1), item(0, 1), item(2, 1)], 8)).toEqual([
      [0, 1],
      [2, 1],
      [3, 1],
    ]);
  });

  it('computes prompts first, but not their last tokens, and fills the batch', () => {
    expect(plan([item(0, 1), item(2, 5), item(1, 4), item(7, 3)], 7)).toEqual([
      [7, 2],
      [2, 4],
      [1, 1],
    ]);
  });

  it('ends every prompt, none of them before the others', () => {
    const lengths = fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 12 });
    fc.assert(
      fc.property(lengths, fc.integer({ min: 12, max: 50 }), (lengths, size) => {
        const left = [...lengths];
        for (;;) {
          const batch = plan(
            left.map((length, i) => item(i, length)),
            size,
          );
          const tokens = batch.reduce((sum, [, amount]) => sum + amount, 0);
          expect(tokens).toBeGreaterThan(0);
          expect(tokens).toBeLessThanOrEqual(size);
          if (left.every((length) => length === 1)) {
            expect(batch).toEqual(left.map((_, i) => [i, 1]));
            return;
          }
          for (const [i, amount] of batch) left[i] -= amount;
          expect(Math.min(...left)).toBeGreaterThanOrEqual(1);
        }
      }),
    );
  });
});
