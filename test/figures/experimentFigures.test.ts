import { describe, expect, it } from 'vitest';
import { ablationDots } from '../../lib/figures/ablationDots.js';
import { claimForest } from '../../lib/figures/claimForest.js';
import type { Figure, PlotlyObject } from '../../lib/figures/figure.js';
import { guidanceCurve } from '../../lib/figures/guidanceCurve.js';
import { lengthCurves } from '../../lib/figures/lengthCurves.js';
import { linePanels } from '../../lib/figures/linePanels.js';
import { positivesCurve } from '../../lib/figures/positivesCurve.js';
import { scalingCurve } from '../../lib/figures/scalingCurve.js';

interface Trace {
  name: string;
  x: number[];
  y: number[];
  xaxis?: string;
  yaxis?: string;
  error_x?: { array: number[]; arrayminus: number[] };
  error_y?: { array: number[]; arrayminus: number[] };
  marker: { color: string | string[]; size: number };
}
const tracesOf = (figure: Figure) => figure.data as unknown as Trace[];
const texts = (figure: Figure) => (figure.layout.annotations as PlotlyObject[]).map(({ text }) => String(text));
const axis = (figure: Figure, name: string) =>
  figure.layout[name] as { range: [number, number]; domain: [number, number]; ticktext: string[]; type: string };

const measured = (value: number, seeds = [value - 0.5, value + 0.5]) => ({
  value,
  low: value - 1,
  high: value + 1.5,
  seeds,
});
const of = (value: number | null) => (value === null ? null : { value });

const figures = {
  scalingCurve: scalingCurve({
    paper: {
      quantity: 'ImageNet, linear (%)',
      lines: [
        {
          model: 'ViT-B/16',
          points: [
            { x: 150, value: 79.97 },
            { x: 1, value: 73.88 },
          ],
        },
        {
          model: 'ViT-L/14',
          points: [
            { x: 150, value: 82.43 },
            { x: 3, value: 77.34 },
          ],
        },
      ],
    },
    ours: {
      quantity: 'real scenes (%)',
      lines: [
        { model: 'smaller', points: [50, 2000, 7500].map((x, at) => ({ x, ...measured(4 * at + 2) })) },
        { model: 'larger', points: [] },
      ],
      note: 'not run: larger',
    },
  }),
  ablationDots: ablationDots({
    rows: [{ label: 'true sentences' }, { label: 'IN & Places' }, { label: 'ours' }],
    panels: [
      {
        who: 'paper',
        quantity: 'mean of nine (%)',
        values: { StableRep: [81.6, 80, 85.7].map(of), SynCLR: [85.3, 83, null].map(of) },
      },
      {
        who: 'ours',
        quantity: 'mean of tasks (%)',
        values: { StableRep: [measured(30), null, measured(34)], SynCLR: [null, null, measured(31, [31])] },
      },
    ],
  }),
  guidanceCurve: guidanceCurve({
    paper: {
      quantity: 'ImageNet, linear (%)',
      points: [
        { x: 2, value: 72.8 },
        { x: 4, value: 72.6 },
      ],
    },
    ours: { quantity: 'real scenes (%)', points: [1, 2.5, 8].map((x) => ({ x, ...measured(x) })) },
    images: {
      recognised: [{ x: 1, value: 20, low: 18, high: 22 }],
      diversity: [
        { x: 1, value: 0.5 },
        { x: 8, value: 0.2 },
      ],
    },
  }),
  positivesCurve: positivesCurve({
    paper: {
      quantity: 'ImageNet, linear (%)',
      points: [
        { x: 1, value: 61.2 },
        { x: 8, value: 66.2 },
      ],
    },
    ours: {
      quantity: 'real scenes (%)',
      points: [
        { x: 1, ...measured(6) },
        { x: 4, ...measured(10) },
      ],
    },
  }),
  claimForest: claimForest([
    {
      title: 'Table 4 (600 steps)',
      claims: [
        { says: 'EMA improves', of: 'real scenes', verdict: 'no', ours: { value: -5, low: -8, high: -2 }, paper: 0.9 },
        {
          says: 'Crops improve',
          of: 'real scenes',
          verdict: 'yes',
          ours: { value: 26, low: 19, high: 33 },
          paper: 1.9,
        },
        { says: 'Not run yet', of: 'mIoU', verdict: 'not run' },
      ],
    },
    {
      title: 'Table 3 (600 steps)',
      claims: [
        {
          says: 'Between guidance 2, 3 and 4 it hardly matters, whatever else may be said of it at length',
          of: 'real scenes',
          verdict: 'undecided',
          ours: { value: 0.4, low: -4, high: 4 },
          within: 2,
        },
      ],
    },
  ]),
  lengthCurves: lengthCurves({
    quantity: 'real scenes (%)',
    lines: [
      { name: 'SynCLR', points: [600, 1800].map((x) => ({ x, ...measured(x / 60) })) },
      { name: '+ EMA', points: [{ x: 600, ...measured(12) }] },
    ],
  }),
};

describe('figures of experiments', () => {
  it.each(Object.entries(figures))('%s keeps its JSON', async (name, figure) => {
    await expect(JSON.stringify(figure, null, 1)).toMatchFileSnapshot(`__snapshots__/${name}.snap`);
  });

  it.each(Object.entries(figures))('%s: every point, interval and seed lies within its axes', (_, figure) => {
    for (const { x, y, xaxis = 'x', yaxis = 'y', error_x, error_y } of tracesOf(figure)) {
      const along = axis(figure, xaxis.replace('x', 'xaxis'));
      const up = axis(figure, yaxis.replace('y', 'yaxis'));
      const scaled = along.type === 'log' ? Math.log10 : Number;
      const ends = (values: number[], error: Trace['error_x']) =>
        values.flatMap((value, at) => [value - (error?.arrayminus[at] ?? 0), value + (error?.array[at] ?? 0)]);
      const inside = (values: number[], range: [number, number]) => {
        const [low, high] = [Math.min(...range), Math.max(...range)];
        for (const value of values) expect(value > low && value < high, `${value} of ${low} … ${high}`).toBe(true);
      };
      inside(ends(x, error_x).map(scaled), along.range);
      inside(ends(y, error_y), up.range);
    }
  });
});

describe('scalingCurve', () => {
  const figure = figures.scalingCurve;

  it('draws lines from few captions to many on logarithmic axes, the paper’s panel beside ours', () => {
    expect(tracesOf(figure)[0].x).toEqual([1, 150]);
    expect([axis(figure, 'xaxis').type, axis(figure, 'xaxis2').type]).toEqual(['log', 'log']);
    expect(axis(figure, 'xaxis').ticktext).toEqual(['1', '3', '150']);
    expect(axis(figure, 'xaxis2').ticktext).toEqual(['50', '2 000', '7 500']);
    expect(axis(figure, 'xaxis').domain[1]).toBeLessThan(axis(figure, 'xaxis2').domain[0]);
  });

  it('shows seeds as dots over the mean, and intervals from low to high', () => {
    const [mean, seeds] = tracesOf(figure).slice(2);
    expect(seeds).toMatchObject({ name: 'smaller, each seed', y: [1.5, 2.5, 5.5, 6.5, 9.5, 10.5] });
    expect(mean.error_y).toMatchObject({ array: [1.5, 1.5, 1.5], arrayminus: [1, 1, 1] });
  });

  it('sets our lines a hair apart, so that no interval covers another', () => {
    const one = { x: 10, ...measured(3) };
    const lines = ['smaller', 'larger'].map((model) => ({ model, points: [one, { ...one, x: 1000 }] }));
    const { data } = scalingCurve({ paper: { quantity: 'p', lines: [] }, ours: { quantity: 'o', lines } });
    const [left, right] = (data as unknown as Trace[]).filter(({ name }) => !name.endsWith('seed'));
    expect(left.x[0]).toBeLessThan(10);
    expect(right.x[0]).toBeGreaterThan(10);
    expect(right.x[0] / left.x[0]).toBeLessThan(1.1);
  });

  it('names only lines that were run, and says which were not', () => {
    expect(texts(figure).filter((text) => text.includes('larger'))).toEqual(['not run: larger']);
  });
});

describe('ablationDots', () => {
  const figure = figures.ablationDots;

  it('says where there is no number, and never draws one', () => {
    expect(texts(figure).filter((text) => text === '–')).toHaveLength(1);
    expect(texts(figure).filter((text) => text === 'not run')).toHaveLength(3);
    const shown = tracesOf(figure).filter(({ name }) => !name.endsWith('seed'));
    expect(shown.map(({ x }) => x)).toEqual([[81.6, 80, 85.7], [85.3, 83], [30, 34], [31]]);
  });

  it('draws seeds only where there are several', () => {
    expect(tracesOf(figure).filter(({ name }) => name.endsWith('seed'))).toMatchObject([
      { name: 'StableRep, each seed', x: [29.5, 30.5, 33.5, 34.5] },
    ]);
  });

  it('fills our dots and leaves the paper’s hollow, in the method’s colour', () => {
    const [paper, , ours] = tracesOf(figure);
    expect(paper.marker).toMatchObject({ color: '#FFFFFF', line: { color: '#E69F00' } });
    expect(ours.marker).toMatchObject({ color: '#E69F00' });
  });

  it('colours a row by its own method where it has one', () => {
    const { data } = ablationDots({
      rows: [
        { label: 'supervised CE', method: 'supervised' },
        { label: 'SimCLR', method: 'SimCLR' },
      ],
      panels: [{ who: 'ours', quantity: 'probe (%)', values: { '': [measured(1), measured(2)] } }],
    });
    const named = (data as unknown as Trace[]).filter(({ name }) => !name.endsWith('seed'));
    expect(named.map(({ name, marker }) => [name, marker.color])).toEqual([
      ['supervised', '#009E73'],
      ['SimCLR', '#56B4E9'],
    ]);
  });

  it('writes a row’s name as text', () => {
    expect((figure.layout.yaxis as { ticktext: string[] }).ticktext[1]).toBe('IN &amp; Places');
  });
});

describe('guidanceCurve', () => {
  it('does not make two tenths of a point look like a cliff', () => {
    const { range } = axis(figures.guidanceCurve, 'yaxis');
    expect(range[1] - range[0]).toBeGreaterThan(4);
  });

  it('shows the images’ own measures where they were taken', () => {
    expect(texts(figures.guidanceCurve).filter((text) => text.includes('the images'))).toHaveLength(2);
    const { paper, ours } = { paper: { quantity: 'a', points: [] }, ours: { quantity: 'b', points: [] } };
    const bare = guidanceCurve({ paper, ours });
    expect(texts(bare).filter((text) => text === 'not run')).toHaveLength(2);
  });
});

describe('linePanels', () => {
  it('puts two panels a row, and gives each note room below its axis', () => {
    const panel = { title: 't', quantity: 'q', axis: 'a', ticks: [], lines: [] };
    const [one, two, three] = [1, 2, 3].map((count) => linePanels(Array(count).fill(panel)).layout);
    expect(two.width).toBeGreaterThan(one.width);
    expect([three.width, three.height > two.height]).toEqual([two.width, true]);
    const noted = linePanels([{ ...panel, note: 'two\nlines' }]).layout;
    expect(noted.height - one.height).toBe(32);
  });

  it('begins at zero where a panel asks for it', () => {
    const line = { name: 'a', color: '#000', points: [5, 8].map((value, x) => ({ x, value })) };
    const panel = { title: 't', quantity: 'q', axis: 'a', ticks: [], lines: [line] };
    const from = (more: object) => (linePanels([{ ...panel, ...more }]).layout.yaxis as { range: number[] }).range[0];
    expect([from({ fromZero: true }), from({})]).toEqual([0, expect.closeTo(4.76)]);
  });
});

describe('claimForest', () => {
  const figure = figures.claimForest;
  const [yes, no, undecided, paper] = tracesOf(figure);

  it('draws a difference and its interval a claim, by verdict, and the paper’s where it is known', () => {
    expect([yes, no, undecided].map(({ name, x }) => [name, x.length])).toEqual([
      ['ours, yes', 1],
      ['ours, no', 1],
      ['ours, undecided', 1],
    ]);
    expect(no).toMatchObject({ x: [-5], error_x: { array: [3], arrayminus: [3] } });
    expect(paper.x).toEqual([0.9, 1.9]);
  });

  it('reaches as far as its longest interval', () => {
    expect(yes).toMatchObject({ x: [26], error_x: { array: [7], arrayminus: [7] } });
    expect(figure.layout.xaxis).toMatchObject({ range: [-34, 34] });
  });

  it('writes every claim whole, in two lines where it is long, with its verdict, and a band where rows should be alike', () => {
    const words = texts(figure);
    expect(words.filter((text) => /^<b>(yes|no|undecided|not run)<\/b>$/.test(text))).toHaveLength(4);
    expect(words.some((text) => text.startsWith('Between guidance 2') && text.includes('<br>'))).toBe(true);
    expect(words.join()).not.toContain('…');
    expect(figure.layout.shapes).toMatchObject([{ type: 'rect', x0: -2, x1: 2 }, { type: 'line' }]);
  });
});
