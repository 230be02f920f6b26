import { wilsonInterval } from '../../../lib/evaluate/index.js';
import type { ScoredRow, SeedScore } from '../../../lib/experiments/statistics/index.js';
import type { Rng } from '../../../lib/random/rng.js';

/** A run that gets each test image right with its own probability. */
export function fakeRun(seed: number, chances: ArrayLike<number>, rng: Rng): SeedScore {
  const correct = Uint8Array.from(chances, (chance) => Number(rng.bernoulli(chance)));
  return runOf(seed, correct);
}

export function runOf(seed: number, correct: Uint8Array): SeedScore {
  const right = correct.reduce((sum, flag) => sum + flag, 0);
  const { low, high } = wilsonInterval(right, correct.length);
  return { seed, value: (100 * right) / correct.length, low: 100 * low, high: 100 * high, correct };
}

/** A run of which only its value and standard error are known, in points. */
export function bareRun(seed: number, value: number, error: number): SeedScore {
  return { seed, value, low: value - 1.959963984540054 * error, high: value + 1.959963984540054 * error };
}

export const row = (label: string, runs: SeedScore[], paper?: number): ScoredRow => ({
  label,
  runs,
  ...(paper !== undefined && { paper }),
});
