import { describe, expect, it } from 'vitest';
import { EXPERIMENTS, experimentSettings, type Power } from '../../../lib/experiments/index.js';
import { ASSUMED_SPREAD, powerInWords, powerOf } from '../../../lib/experiments/statistics/power.js';
import { fakeRecords } from './fakeRecords.js';

const settings = experimentSettings('laptop');
const [table4] = EXPERIMENTS;
const asking = (power: Power) => ({ ...table4, power });
const none = new Map();

describe('powerOf', () => {
  it('adds the test’s error and the seeds’', () => {
    const [{ half, needed, test }] = powerOf(asking({ seeds: 2, resolves: { probe: 4 } }), { settings, records: none });
    expect(test).toBe(10_000);
    // t of 10 degrees of freedom is 2.228 in every table; √(5000 / 10 000 + 2 / 2 · 1.5²) = √2.75.
    expect(half).toBeCloseTo(2.228 * Math.sqrt(2.75), 2);
    expect(needed).toBe(2);
  });

  it('falls with seeds, down to the test’s own error', () => {
    const half = (seeds: number) =>
      powerOf(asking({ seeds, resolves: { probe: 1 } }), { settings, records: none })[0].half;
    expect([1, 2, 4, 64].map(half)).toEqual([1, 2, 4, 64].map(half).sort((a, b) => b - a));
    expect(half(1e9)).toBeCloseTo(2.228 * Math.sqrt(0.5), 2);
    const [{ needed }] = powerOf(asking({ seeds: 1, resolves: { probe: 1 } }), { settings, records: none });
    expect(needed).toBeUndefined();
  });

  it('takes the spread of seeds from runs on record', () => {
    const records = fakeRecords(table4, { settings, chance: (_, seed) => 0.5 + 0.1 * seed });
    const [{ spread }] = powerOf(table4, { settings, records });
    expect(spread).not.toBe(ASSUMED_SPREAD);
    expect(spread.degrees).toBe(5);
    expect(spread.deviation).toBeGreaterThan(4);
  });
});

it('is said in words', () => {
  const words = (power: Power) => powerInWords(powerOf(asking(power), { settings, records: none })[0]);
  expect(words({ seeds: 2, resolves: { probe: 4 } })).toBe(
    'probe: ±3.7 points expected (2 seeds of σ 1.5, assumed; 10000 test images); 4 asked: enough',
  );
  expect(words({ seeds: 1, resolves: { probe: 4 } })).toMatch(/4 asked: not enough: 2 seeds would be$/);
  expect(words({ seeds: 1, resolves: { probe: 1 } })).toMatch(/not enough, whatever the seeds/);
});

it.each(EXPERIMENTS.map((experiment) => [experiment.id, experiment] as const))(
  '%s states a power for a metric of its claims',
  (_id, { power, claims, metrics }) => {
    const asked = Object.keys(power.resolves);
    expect(metrics).toEqual(expect.arrayContaining(asked));
    expect(claims.some(({ metric }) => asked.includes(metric))).toBe(true);
  },
);
