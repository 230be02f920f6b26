import { describe, expect, it } from 'vitest';
import {
  ablationData,
  allSettings,
  claimTable,
  EXPERIMENTS,
  type ExperimentRecord,
  experimentSettings,
  experimentsNamed,
  explanationTable,
  forestData,
  guidanceData,
  judgeExperiment,
  notRun,
  orderTable,
  positivesData,
  scalingData,
  scoreTable,
  settledSettings,
  shortLaptop,
  taskScoreTable,
  tracedData,
  verdictTable,
} from '../../../lib/experiments/index.js';
import { ablationDots } from '../../../lib/figures/ablationDots.js';
import { paperNumbers } from '../../../lib/runs/published.js';
import type { GeneratorMeasures } from '../../../lib/tiers/index.js';
import { fakeRecords } from './fakeRecords.js';

const settings = experimentSettings('laptop');
const none = new Map<string, ExperimentRecord>();
const named = (id: string) => experimentsNamed([id])[0];
const judge = (id: string, chance: (label: string, seed: number) => number | null, seeds = [0, 1]) => {
  const records = fakeRecords(named(id), { settings, seeds, chance });
  return judgeExperiment(named(id), { settings, records, draws: 300 });
};

/** As in the paper: multi-positive, then supervised, then SimCLR; the last with one seed. */
const table5 = judge('table5', (label, seed) =>
  label === 'SimCLR' ? (seed === 0 ? 0.2 : null) : label === 'supervised' ? 0.45 : 0.7,
);

describe('settledSettings', () => {
  const stands = (records: Map<string, ExperimentRecord>) =>
    settledSettings(named('table5'), { tier: 'laptop', records }).trainingSteps;
  const run = (at: typeof settings, labels = ['multi-positive', 'supervised', 'SimCLR']) =>
    fakeRecords(named('table5'), {
      settings: at,
      seeds: [0],
      chance: (label) => (labels.includes(label) ? 0.5 : null),
    });

  it('a table stands at the longer training, and at the shorter one where that answers more of its claims', () => {
    expect(stands(none)).toBe(1800);
    expect(stands(run(shortLaptop))).toBe(600);
    expect(stands(run(settings))).toBe(1800);
    expect(stands(new Map([...run(shortLaptop), ...run(settings, ['SimCLR'])]))).toBe(600);
    expect(stands(new Map([...run(shortLaptop), ...run(settings)]))).toBe(1800);
  });
});

describe('judgeExperiment', () => {
  it('is the mean of its seeds, within an interval, with the records it came from', () => {
    const [multi, , simclr] = table5.rows;
    expect(multi).toMatchObject({
      label: 'multi-positive',
      method: 'StableRep',
      paper: { probe: 75.3, average: 78.5 },
    });
    for (const metric of ['probe', 'average'] as const) {
      const { value, low, high, runs } = multi.ours[metric]!;
      expect(value).toBeCloseTo((runs[0].value + runs[1].value) / 2, 10);
      expect(low < value && value < high).toBe(true);
      expect(runs.map(({ seed }) => seed)).toEqual([0, 1]);
    }
    expect(simclr.ours.probe?.runs).toHaveLength(1);
    expect(simclr.ours.probe?.runs[0].record).toMatch(/^SimCLR-s0-[0-9a-f]{8}\.json$/);
  });

  it('has no interval beyond 0 and 100 %', () => {
    const { rows } = judge('table5', (label) => (label === 'SimCLR' ? 0.001 : 0.999));
    for (const { ours } of rows) {
      expect(ours.probe!.low).toBeGreaterThanOrEqual(0);
      expect(ours.probe!.high).toBeLessThanOrEqual(100);
    }
    expect(rows.find(({ label }) => label === 'SimCLR')!.ours.probe!.low).toBe(0);
  });

  it('finds the paper’s order where it is there, and its opposite where it is not', () => {
    expect(table5.judgements.map(({ verdict }) => verdict)).toEqual(['yes', 'yes']);
    const turned = judge('table5', (label) => (label === 'SimCLR' ? 0.7 : 0.3));
    expect(turned.judgements.map(({ verdict }) => verdict)).toEqual(['no', 'no']);
    expect(table5.orders).toMatchObject([
      { metric: 'probe', rows: 3, spearman: { value: 1 }, pairs: { same: 3, of: 3 } },
      { metric: 'average', rows: 3, spearman: { value: 1 } },
    ]);
    expect(table5.orders[0].p).toBeCloseTo(1 / 6, 12);
  });

  it('decides nothing from one seed each', () => {
    const { judgements, spread } = judge('table5', (label) => (label === 'SimCLR' ? 0.2 : 0.6), [0]);
    expect(spread.probe).toBeUndefined();
    expect(new Set(judgements.map(({ verdict }) => verdict))).toEqual(new Set(['undecided']));
  });

  it('takes the spread over seeds from every run there is, of other experiments too', () => {
    const seeds = fakeRecords(named('table4'), { settings, chance: () => 0.5 });
    const once = fakeRecords(named('table5'), { settings, seeds: [0], chance: () => 0.5 });
    const { spread } = judgeExperiment(named('table5'), { settings, records: new Map([...seeds, ...once]), draws: 50 });
    expect(spread.probe?.degrees).toBe(5);
  });

  it('every experiment can be judged, drawn and written down without a single record', () => {
    for (const experiment of EXPERIMENTS) {
      const judged = judgeExperiment(experiment, { settings, records: none });
      expect(judged.rows.every(({ ours }) => Object.keys(ours).length === 0)).toBe(true);
      expect(judged.judgements).toHaveLength(experiment.claims.length);
      expect(new Set(judged.judgements.map(({ verdict }) => verdict))).toEqual(new Set(['not run']));
      expect(judged.orders).toEqual([]);
      expect(scoreTable(judged).flatMap(Object.values)).toContain('not run');
      expect(notRun(judged)).toContain(`npm run experiment -- ${experiment.id}`);
      ablationDots(ablationData(judged));
    }
  });

  it('the claims name rows that there are, and the paper’s numbers bear them out', () => {
    for (const experiment of EXPERIMENTS) {
      const { rows } = judgeExperiment(experiment, { settings, records: none });
      for (const { order, metric, within, best } of experiment.claims) {
        const numbers = order.map((label) => {
          const row = rows.find((one) => one.label === label);
          expect(row, `${experiment.id}: ${label}`).toBeDefined();
          return row?.paper[metric];
        });
        for (const [at, below] of numbers.entries()) {
          const above = at === 0 ? undefined : numbers[best ? 0 : at - 1];
          if (above === undefined || below === undefined) continue;
          if (within === undefined) expect(above, `${experiment.id}: ${order}`).toBeGreaterThan(below);
          else expect(Math.abs(above - below)).toBeLessThan(within);
        }
      }
    }
  });

  it('compares no order where the paper says that there is none', () => {
    expect(judge('table3', () => 0.5).orders.map(({ metric }) => metric)).toEqual([]);
  });

  it('refuses to compare pictures of two generators', () => {
    const [old, fresh] = ['a', 'b'].map((letter, seed) =>
      fakeRecords(named('table5'), { settings, seeds: [seed], generator: letter.repeat(64), chance: () => 0.5 }),
    );
    expect(() => allSettings([...old.values(), ...fresh.values()])).toThrow(
      /pictures of one generator[\s\S]*those of 2/,
    );
  });
});

describe('what figures and tables are made of', () => {
  const table2 = judge('table2', (label) => (label.includes('places') ? null : label.includes('SynCLR') ? 0.6 : 0.4));

  it('a crossed table has a row a setting and a dot a method, and null where it was not run', () => {
    const { rows, panels } = ablationData(table2);
    expect(rows.map(({ label }) => label)).toEqual(
      expect.arrayContaining(['alt-texts', 'joined-names', 'places', 'our-backgrounds', 'synthesised']),
    );
    expect(panels.map(({ who }) => who)).toEqual(['paper', 'ours', 'paper', 'ours']);
    const at = rows.findIndex(({ label }) => label === 'places');
    const [paper, ours] = panels;
    expect(paper.values.SynCLR[at]).toEqual({ value: paperNumbers().table2.rows['IN+Places+LLM'][2] });
    expect(ours.values.SynCLR[at]).toBeNull();
    expect(ours.values.SynCLR.filter((point) => point !== null)).toHaveLength(4);
    expect(table2.orders.map(({ group, rows }) => [group, rows])).toEqual([
      ['StableRep', 4],
      ['SynCLR', 4],
      ['StableRep', 4],
      ['SynCLR', 4],
    ]);
  });

  it('a table of single methods keeps its rows, each in its method’s colour', () => {
    expect(ablationData(table5).rows).toEqual([
      { label: 'multi-positive', method: 'StableRep' },
      { label: 'supervised', method: 'supervised' },
      { label: 'SimCLR', method: 'SimCLR' },
    ]);
  });

  it('the scaling curves: the paper’s points in millions, ours where they were run, the rest in the note', () => {
    const { paper, ours } = scalingData(
      judge('scaling', (label) => (label === 'L, 150M' ? null : label.startsWith('L') ? 0.6 : 0.4)),
      'average',
    );
    expect(paper.lines[1].points).toHaveLength(4);
    expect(paper.lines[0].points.map(({ x }) => x)).toEqual([1, 3, 10, 40, 150]);
    expect(ours.lines.map(({ model, points }) => [model, points.length])).toEqual([
      ['smaller ViT', 5],
      ['larger ViT', 4],
    ]);
    expect(ours.lines[0].points.map(({ x }) => x).sort((a, b) => a - b)).toEqual(settings.captionCounts);
    expect(ours.note).toBe('not run: L, 150M');
  });

  it('guidance: Table 3 beside ours, and the images’ measures at the steps with most scales', () => {
    const point = (guidance: number, steps: number) => ({
      guidance,
      steps,
      judge: { concept: { share: guidance / 10, low: 0, high: 1 } },
      diversity: { withinCaption: 1 / guidance },
    });
    const measures = { points: [point(1, 10), point(4, 25), point(2, 25)] } as unknown as GeneratorMeasures;
    const { paper, ours, images } = guidanceData(
      judge('table3', () => 0.4),
      measures,
    );
    expect(paper.points).toEqual([
      { x: 2, value: 72.8 },
      { x: 3, value: 72.6 },
      { x: 4, value: 72.6 },
    ]);
    expect(ours.points.map(({ x }) => x)).toEqual(settings.guidances);
    expect(images?.recognised.map(({ x, value }) => [x, value])).toEqual([
      [2, 20],
      [4, 40],
    ]);
    expect(guidanceData(judge('table3', () => 0.4)).images).toBeUndefined();
  });

  it('positives: a bar where the sources of the paper’s number differ', () => {
    const { paper, ours } = positivesData(judge('positives', () => 0.4));
    expect(paper.points[1]).toMatchObject({ x: 8, low: 66, high: 66.2 });
    expect(paper.points[1].value).toBeCloseTo(66.1, 10);
    expect(ours.points.map(({ x }) => x)).toEqual(settings.positives);
  });

  it('a forest: each claim by the comparison that it stands or falls by', () => {
    const [{ title, claims }] = forestData([table5]);
    expect(title).toBe(`Table 5 (${settings.trainingSteps} steps)`);
    expect(claims.map(({ verdict }) => verdict)).toEqual(table5.judgements.map(({ verdict }) => verdict));
    const [{ comparisons }] = table5.judgements;
    const least = Math.min(...comparisons.map(({ difference }) => difference));
    expect(claims[0].ours!.value).toBe(least);
    expect(claims[0].of).toBe('real scenes');
    const alike = forestData([judge('table3', () => 0.4)])[0].claims[0];
    expect(alike.within).toBe(2);
  });

  it('orders: a line for each that was compared', () => {
    expect(orderTable([table2])).toHaveLength(4);
    expect(orderTable([table5])[0]).toMatchObject({
      rows: 'all',
      'Spearman’s ρ': 1,
      'pairs as in the paper': '3 of 3',
    });
  });

  it('what explains a claim that ours deny is judged once, and said', () => {
    const turned = judge('table5', (label) => (label === 'SimCLR' ? 0.7 : label === 'supervised' ? 0.45 : 0.2));
    const asked: string[] = [];
    const explain = (id: string) => {
      asked.push(id);
      return judge(id, () => 0.4);
    };
    const [first, second, ...rest] = explanationTable([turned, turned, table5], explain);
    expect(rest).toEqual([]); // what is borne out needs no explanation
    expect(second).toEqual(first);
    expect(asked).toEqual(named('table5').explainedBy);
    expect(first['claims denied here']).toContain('Captions as classes beat concepts as classes');
    expect(first['asked to find out why']).toContain('Captions teach more in batches of one place: undecided.');
  });

  it('tables in words: scores with intervals, verdicts with numbers', () => {
    const curve = scoreTable(judge('scaling', () => 0.4)).map(({ setting }) => setting);
    expect(curve.slice(0, 6)).toEqual(['B, 1M', 'B, 3M', 'B, 10M', 'B, 40M', 'B, 150M', 'L, 1M']);
    const [first] = scoreTable(table5);
    expect(first.setting).toBe('multi-positive');
    expect(first.seeds).toBe(2);
    expect(first['ours: real scenes (%)']).toMatch(/^\d+\.\d \[\d+\.\d, \d+\.\d\]$/);
    expect(claimTable(table5)[0]).toMatchObject({ ours: 'yes', 'asked of': 'real scenes (%)' });
    expect(claimTable(table5)[0].numbers).toMatch(/^multi-positive − supervised = \+/);
    expect(verdictTable([table5])).toEqual([
      { artefact: 'Table 5', claims: 2, yes: 2, no: 0, undecided: 0, 'not run': 0 },
    ]);
    const [{ setting, ...tasks }] = taskScoreTable(table5);
    expect(setting).toBe('multi-positive');
    const values = Object.values(tasks) as number[];
    expect(Object.keys(tasks)).toEqual(['mammals', 'vehicles']);
    expect((values[0] + values[1]) / 2).toBeCloseTo(table5.rows[0].ours.average!.value, 9);
    expect(taskScoreTable(judgeExperiment(named('table5'), { settings, records: none }))).toEqual([]);
    expect(notRun(table5)).toBeUndefined();
    expect(notRun(table2)).toMatch(/^2 of 10 rows of Table 2 were not run/);
  });

  it('the data beside a figure names the record of every number, and holds no flags', () => {
    const [first] = tracedData([table2, table5]).experiments.table5;
    const { value, runs } = first.ours.probe!;
    expect(runs.every(({ record }) => /\.json$/.test(record))).toBe(true);
    expect((runs[0].value + runs[1].value) / 2).toBeCloseTo(value, 10);
    expect(JSON.stringify(first)).not.toContain('correct');
  });
});
