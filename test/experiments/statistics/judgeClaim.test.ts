import { describe, expect, it } from 'vitest';
import type { Claim } from '../../../lib/experiments/experiment.js';
import {
  compareOrder,
  drawRows,
  judgeClaim,
  middle,
  type ScoredRow,
  type SeedSpread,
  seedSpread,
} from '../../../lib/experiments/statistics/index.js';
import { type Rng, rng } from '../../../lib/random/rng.js';
import { bareRun, fakeRun, row, runOf } from './fakeRows.js';

const better: Claim = {
  says: 'A beats B',
  metric: 'probe',
  order: ['A', 'B'],
};
const spread = { deviation: 0.5, degrees: 20 };
const draw = (rows: readonly ScoredRow[], known?: SeedSpread) =>
  drawRows(rows, { rng: rng(0), spread: known, draws: 500 });
/** Test images of very different difficulty: what makes pairing worth it. */
const difficulty = (count: number) => Float64Array.from({ length: count }, (_, i) => ((i * 37) % count) / count);
const shifted = (chances: Float64Array, by: number) => chances.map((one) => Math.min(1, Math.max(0, one + by)));

describe('seedSpread', () => {
  it('pools squares about each row’s own mean', () => {
    const rows = [
      row('A', [bareRun(0, 10, 1), bareRun(1, 12, 1)]),
      row('B', [bareRun(0, 50, 1), bareRun(1, 53, 1), bareRun(2, 56, 1)]),
      row('C', [bareRun(0, 99, 1)]),
    ];
    expect(seedSpread(rows)?.degrees).toBe(3);
    expect(seedSpread(rows)?.deviation).toBeCloseTo(Math.sqrt((1 + 1 + 9 + 0 + 9) / 3), 12);
  });

  it('is unknown where every row has one seed', () => {
    expect(seedSpread([row('A', [bareRun(0, 1, 1)]), row('B', [])])).toBeUndefined();
  });
});

describe('drawRows', () => {
  const images = 1500;
  const chances = difficulty(images);
  const [a, b] = [fakeRun(0, shifted(chances, 0.05), rng(1)), fakeRun(0, chances, rng(2))];
  const deviation = (values: number[]) => {
    const mean = values.reduce((sum, one) => sum + one, 0) / values.length;
    return Math.sqrt(values.reduce((sum, one) => sum + (one - mean) ** 2, 0) / (values.length - 1));
  };

  it('images resampled in pairs: the error of a difference is that of the paired flags', () => {
    const { means, draws } = drawRows([row('A', [a]), row('B', [b])], { rng: rng(0), draws: 1500 });
    expect([...means]).toEqual([a.value, b.value]);
    const gaps = Array.from({ length: images }, (_, i) => 100 * ((a.correct?.[i] ?? 0) - (b.correct?.[i] ?? 0)));
    expect(deviation(draws.map(([x, y]) => x - y)) / (deviation(gaps) / Math.sqrt(images))).toBeCloseTo(1, 1);
    // Flags with chances spread evenly over 0 … 1 have variance 1/6 given the chance and 1/4 without: √1.5.
    const unpaired = Math.hypot(...[0, 1].map((at) => deviation(draws.map((draw) => draw[at]))));
    expect(unpaired / deviation(draws.map(([x, y]) => x - y))).toBeGreaterThan(1.15);
  });

  it('a row equal to another differs from it by nothing in any draw', () => {
    const { draws } = drawRows([row('A', [a]), row('B', [a])], { rng: rng(0), draws: 50 });
    for (const [x, y] of draws) expect(x).toBe(y);
  });

  it('a measure without flags moves by the error that its interval states, each row for itself', () => {
    const rows = [row('A', [bareRun(0, 40, 2), bareRun(1, 44, 2)]), row('B', [bareRun(0, 30, 1)])];
    const { means, draws } = drawRows(rows, { rng: rng(0), draws: 4000 });
    expect([...means]).toEqual([42, 30]);
    expect(deviation(draws.map(([x]) => x))).toBeCloseTo(2, 0);
    expect(deviation(draws.map(([x, y]) => x - y)) / Math.sqrt(5)).toBeCloseTo(1, 1);
  });

  it('the luck of the seed shrinks with seeds, and is Student’s by its degrees of freedom', () => {
    const rows = [
      row('A', [bareRun(0, 40, 0)]),
      row(
        'B',
        [0, 1, 2, 3].map((seed) => bareRun(seed, 30, 0)),
      ),
    ];
    const many = drawRows(rows, { rng: rng(0), draws: 8000, spread: { deviation: 1, degrees: 200 } }).draws;
    expect(deviation(many.map(([x]) => x))).toBeCloseTo(1, 1);
    expect(deviation(many.map(([, y]) => y))).toBeCloseTo(0.5, 1);
    // t with 2 degrees: 97.5 % quantile 4.303 (scipy.stats.t.ppf)
    const few = drawRows(rows, { rng: rng(0), draws: 20_000, spread: { deviation: 1, degrees: 2 } }).draws;
    const { low, high } = middle(few.map(([x]) => x - 40));
    expect(high).toBeGreaterThan(4);
    expect(high).toBeLessThan(4.7);
    expect(low).toBeLessThan(-4);
  });

  it('leaves out rows without a run', () => {
    expect(drawRows([row('A', []), row('B', [b])], { rng: rng(0), draws: 3 }).rows).toEqual([row('B', [b])]);
  });

  it('draws a row that was tested on fewer images by itself, around its own mean', () => {
    const short = runOf(
      0,
      Uint8Array.from({ length: 100 }, (_, i) => Number(i < 30)),
    );
    const { draws, means } = drawRows([row('A', [a]), row('B', [short]), row('C', [a])], { rng: rng(0), draws: 500 });
    expect(means[1]).toBeCloseTo(30);
    const { low, high } = middle(draws.map(([, x]) => x));
    // The binomial's: 30 ± 1.96 · √(30 · 70 / 100) = 30 ± 9.0.
    expect(low).toBeCloseTo(21, -0.5);
    expect(high).toBeCloseTo(39, -0.5);
    for (const [x, , z] of draws) expect(x).toBe(z);
  });

  it('resamples a mean of tasks within each task', () => {
    // Two tasks, one always right and one never: another drawing of test images changes nothing.
    const correct = Uint8Array.from({ length: 200 }, (_, i) => Number(i < 100));
    const runs = (strata?: number) => [{ ...runOf(0, correct), ...(strata && { strata }) }];
    const spreadOf = (strata?: number) => {
      const { draws } = drawRows([row('A', runs(strata))], { rng: rng(0), draws: 200 });
      const { low, high } = middle(draws.map(([x]) => x));
      return high - low;
    };
    expect(spreadOf(2)).toBe(0);
    expect(spreadOf()).toBeGreaterThan(10);
  });
});

describe('judgeClaim', () => {
  const chances = difficulty(1000);
  const run = (seed: number, by: number) => fakeRun(seed, shifted(chances, by), rng(seed, 'run', by));
  const rows = [row('A', [run(0, 0.1), run(1, 0.1)], 80), row('B', [run(0, 0), run(1, 0)], 77)];

  it('yes where the interval lies above zero, with both differences in the sentence', () => {
    const { verdict, comparisons, sentence } = judgeClaim(better, draw(rows, spread));
    expect(verdict).toBe('yes');
    expect(comparisons[0].difference).toBeCloseTo(
      (rows[0].runs[0].value + rows[0].runs[1].value - rows[1].runs[0].value - rows[1].runs[1].value) / 2,
      9,
    );
    expect(comparisons[0]).toMatchObject({ paper: 3, verdict: 'yes' });
    expect(sentence).toMatch(
      /^Yes: A − B = \+\d+\.\d \[\+\d+\.\d, \+\d+\.\d\], the paper \+3\.0 \(2 seeds a row at least;/,
    );
  });

  it('no where it lies below, undecided where it holds zero', () => {
    const against: Claim = { ...better, order: ['B', 'A'] };
    expect(judgeClaim(against, draw(rows, spread)).verdict).toBe('no');
    expect(judgeClaim(better, draw(rows, { deviation: 20, degrees: 5 })).verdict).toBe('undecided');
  });

  it('decides nothing where nobody knows what another seed would do', () => {
    const one = rows.map(({ runs, ...rest }) => ({ ...rest, runs: runs.slice(0, 1) }));
    const { verdict, sentence } = judgeClaim(better, draw(one));
    expect(verdict).toBe('undecided');
    expect(sentence).toMatch(/one seed a row, so only the test images' error/);
    expect(judgeClaim(better, draw(one, spread)).verdict).toBe('yes');
  });

  it('a claim of several comparisons needs each of them', () => {
    const three = [...rows, row('C', [run(0, 0.001), run(1, 0.001)])];
    const judged = judgeClaim({ ...better, order: ['A', 'B', 'C'] }, draw(three, spread));
    expect(judged.comparisons.map((one) => one.verdict)).toEqual(['yes', 'undecided']);
    expect(judged.verdict).toBe('undecided');
    expect(judged.comparisons[0].paper).toBeCloseTo(3, 12);
    expect(judged.comparisons[1].paper).toBeUndefined();
    const turned = judgeClaim({ ...better, order: ['C', 'B', 'A'] }, draw(three, spread));
    expect(turned.comparisons.map((one) => one.verdict)).toEqual(['undecided', 'no']);
    expect(turned.verdict).toBe('no');
  });

  it('that one is the best compares it with each other one, and those not with each other', () => {
    const three = [...rows, row('C', [run(0, 0.001), run(1, 0.001)])];
    const judged = judgeClaim({ ...better, order: ['A', 'B', 'C'], best: true }, draw(three, spread));
    expect(judged.comparisons.map(({ higher, lower }) => higher + lower)).toEqual(['AB', 'AC']);
    expect(judged.verdict).toBe('yes');
  });

  it('that it makes no difference is a claim, too, and needs an interval inside its bounds, both ways round', () => {
    for (const order of [
      ['A', 'B'],
      ['B', 'A'],
    ]) {
      const judge = (within: number) => judgeClaim({ ...better, order, within }, draw(rows, spread));
      expect(judge(30).verdict).toBe('yes');
      expect(judge(1).verdict).toBe('no');
      expect(judge(Math.abs(judge(1).comparisons[0].difference)).verdict).toBe('undecided');
    }
    const three = [...rows, row('C', [run(0, 0.001), run(1, 0.001)])];
    const all = judgeClaim({ ...better, order: ['A', 'B', 'C'], within: 30 }, draw(three, spread));
    expect(all.comparisons).toHaveLength(3);
  });

  it('names the rows that were not run, and says no more', () => {
    const judged = judgeClaim(better, draw([rows[0], row('B', [], 77)], spread));
    expect(judged).toMatchObject({ verdict: 'not run', missing: ['B'], comparisons: [], sentence: 'Not run: B.' });
  });

  it('is the same for the same rng', () => {
    const judge = () => judgeClaim(better, drawRows(rows, { rng: rng(5), spread, draws: 200 }));
    expect(judge()).toEqual(judge());
  });

  it('where there is no difference, it finds one in about one experiment of twenty', () => {
    // Each world: four settings that are all the same, two seeds, each seed with luck of 2 points.
    let found = 0;
    const worlds = 120;
    for (let world = 0; world < worlds; world++) {
      const stream = rng(world, 'world');
      const same = ['A', 'B', 'C', 'D'].map((label) => row(label, [lucky(0, stream), lucky(1, stream)]));
      const { verdict } = judgeClaim(better, drawRows(same, { rng: rng(world), spread: seedSpread(same), draws: 200 }));
      found += Number(verdict === 'yes' || verdict === 'no');
    }
    expect(found / worlds).toBeLessThan(0.1);
  });

  function lucky(seed: number, stream: Rng) {
    return fakeRun(seed, shifted(difficulty(200), 0.02 * stream.normal()), stream);
  }
});

describe('compareOrder', () => {
  const table = (values: number[], paper: (number | undefined)[], error = 0.2): ScoredRow[] =>
    values.map((value, at) => row(String(at), [bareRun(0, value, error), bareRun(1, value, error)], paper[at]));

  it('counts pairs, correlates ranks, and says how often chance does as well', () => {
    const agreement = compareOrder(draw(table([10, 20, 30, 25], [1, 2, 3, 4]), spread), {
      rng: rng(0),
    });
    expect(agreement).toMatchObject({ rows: 4, pairs: { same: 5, of: 6 } });
    expect(agreement?.spearman.value).toBeCloseTo(0.8, 12);
    expect(agreement?.kendall).toBeCloseTo(4 / 6, 12);
    expect(agreement?.p).toBeCloseTo(4 / 24, 12); // ρ = 1 once, ρ = 0.8 three times
  });

  it('an order that other seeds would turn has a wide interval', () => {
    const sure = compareOrder(draw(table([10, 20, 30, 40], [1, 2, 3, 4]), spread), {
      rng: rng(0),
    });
    const unsure = compareOrder(draw(table([10, 20, 30, 40], [1, 2, 3, 4], 15), spread), {
      rng: rng(0),
    });
    expect(sure?.spearman).toEqual({ value: 1, low: 1, high: 1 });
    expect(unsure?.spearman.low).toBeLessThan(0.5);
  });

  it('looks only at rows with both numbers, and only at pairs that the paper tells apart', () => {
    const rows = [
      ...table([10, 20, 30], [72.8, 72.6, 72.6]),
      row('not run', [], 70),
      row('ours alone', [bareRun(0, 1, 1)]),
    ];
    expect(compareOrder(draw(rows, spread), { rng: rng(0) })).toMatchObject({
      rows: 3,
      pairs: { same: 0, of: 2 },
    });
    expect(compareOrder(draw(table([1, 2], [3, 3])), { rng: rng(0) })).toBeUndefined();
    expect(compareOrder(draw(table([1, 2], [3, undefined])), { rng: rng(0) })).toBeUndefined();
  });
});
