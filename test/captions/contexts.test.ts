import { describe, expect, it } from 'vitest';
import { shareOut, takeTurns } from '../../lib/captions/contexts.js';
import { rng } from '../../lib/random/rng.js';

describe('shareOut', () => {
  it.each([
    // sequences, threads, contexts
    [1, 2, [[1, 2]]],
    [16, 2, [[16, 2]]],
    [31, 2, [[31, 2]]],
    [32, 1, [[32, 1]]],
    [
      32,
      2,
      [
        [16, 1],
        [16, 1],
      ],
    ],
    [
      49,
      2,
      [
        [25, 1],
        [24, 1],
      ],
    ],
    [
      64,
      16,
      [
        [16, 4],
        [16, 4],
        [16, 4],
        [16, 4],
      ],
    ],
    [
      50,
      7,
      [
        [17, 3],
        [17, 2],
        [16, 2],
      ],
    ],
  ])('gives %i sequences and %i threads to contexts of %j', (sequences, threads, expected) => {
    const shares = shareOut({ sequences, threads, onProcessor: true });
    expect(shares.map((share) => [share.sequences, share.threads])).toEqual(expected);
  });

  it('gives a GPU one context', () => {
    expect(shareOut({ sequences: 64, threads: 8, onProcessor: false })).toEqual([{ sequences: 64, threads: 8 }]);
  });
});

describe('takeTurns', () => {
  it('sends call k to lane k modulo their number, and serves each lane in order, however long a place is kept', async () => {
    const lanes = [['a0', 'a1'], ['b0'], ['c0', 'c1', 'c2']];
    const take = takeTurns(lanes);
    const random = rng(0, 'turns');
    const began: number[][] = [[], [], []];
    const inUse = new Set<string>();
    await Promise.all(
      Array.from({ length: 90 }, async (_, call) => {
        const { place, giveBack } = await take();
        expect(lanes[call % 3]).toContain(place);
        expect(inUse.has(place)).toBe(false);
        inUse.add(place);
        began[call % 3].push(call);
        for (let wait = random.int(4); wait > 0; wait--) await new Promise(setImmediate);
        inUse.delete(place);
        giveBack();
      }),
    );
    for (const calls of began) expect(calls).toEqual([...calls].sort((a, b) => a - b));
    expect(began.flat()).toHaveLength(90);
  });
});
