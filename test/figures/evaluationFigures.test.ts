import { describe, expect, it } from 'vitest';
import type { Figure, PlotlyObject } from '../../lib/figures/figure.js';
import { scoreCurves } from '../../lib/figures/scoreCurves.js';
import { scorePanels } from '../../lib/figures/scorePanels.js';
import { classColours, segmentationMasks } from '../../lib/figures/segmentationMasks.js';
import { taskDots } from '../../lib/figures/taskDots.js';
import { methodColours } from '../../lib/figures/theme.js';
import { dot, dots } from './fakeData.js';

const snapshot = (figure: Figure) => JSON.stringify(figure, null, 1).replaceAll(dot, 'data:dot');
const texts = (figure: Figure) => (figure.layout.annotations as PlotlyObject[]).map((one) => String(one.text));
const score = (value: number) => ({ value, low: value - 2, high: value + 3 });

const figures = {
  taskDots: taskDots({
    methods: ['SynCLR', 'raw pixels'],
    groups: [
      {
        name: 'fine-grained',
        tasks: [
          { name: 'vehicles', chance: 5, values: [score(40), score(20)] },
          { name: 'places', values: [score(90), score(80)] },
        ],
      },
      { name: 'unseen', tasks: [{ name: 'digits <3>', values: [score(60), null] }] },
    ],
    quantity: 'score (%)',
  }),
  scorePanels: scorePanels({
    methods: ['SynCLR', 'random init'],
    panels: [
      { title: 'linear head', quantity: 'mIoU (%)', values: [score(24), score(12)] },
      { title: 'fine-tuned', quantity: 'accuracy (%)', values: [score(30), null] },
    ],
  }),
  segmentationMasks: segmentationMasks({
    columns: ['scene', 'exact', 'SynCLR'],
    rows: [dots(3), dots(3)],
    legend: [
      { name: 'meadow', color: 'rgb(1,2,3)' },
      { name: 'mammal', color: 'rgb(4,5,6)' },
      { name: 'fruit', color: 'rgb(7,8,9)' },
    ],
  }),
  scoreCurves: scoreCurves({
    series: [
      {
        name: 'SynCLR',
        points: [
          { x: 64, ...score(55) },
          { x: 128, ...score(60) },
        ],
      },
      {
        name: 'SynCLR, Otsu’s',
        method: 'SynCLR',
        dash: 'dash',
        points: [
          { x: 64, value: 57 },
          { x: 128, value: 64 },
        ],
      },
    ],
    x: 'side (px)',
    quantity: 'IoU (%)',
    ticks: [64, 128],
    reference: { name: 'box in the middle', value: 45 },
  }),
};

describe('scoreCurves', () => {
  it('draws an unlabelled series without its name', () => {
    const series = ['SynCLR', 'StableRep'].map((name, i) => ({
      name,
      unlabelled: i === 1,
      points: [{ x: 1, value: 2 }],
    }));
    const { data, layout } = scoreCurves({ series, x: 'x', quantity: 'y' });
    expect(data).toHaveLength(2);
    expect((layout.annotations as { text: string }[]).map(({ text }) => text)).toEqual(['<b>SynCLR</b>']);
  });
});

describe('figures of the evaluation', () => {
  it.each(Object.entries(figures))('%s keeps its JSON', async (name, figure) => {
    await expect(snapshot(figure)).toMatchFileSnapshot(`__snapshots__/${name}.snap`);
  });

  it('taskDots draws a dot for each number there is, in the colour of its method, on the row of its task', () => {
    const [ours, pixels] = figures.taskDots.data as { x: number[]; y: number[]; marker: PlotlyObject }[];
    expect(ours.x).toEqual([40, 90, 60]);
    expect(pixels.x).toEqual([20, 80]);
    expect(figures.taskDots.layout.shapes).toMatchObject([{ x0: 5, x1: 5 }]);
    expect(ours.marker.color).toBe(methodColours.SynCLR);
    const { tickvals, ticktext, range } = figures.taskDots.layout.yaxis as {
      tickvals: number[];
      ticktext: string[];
      range: [number, number];
    };
    expect(ticktext).toEqual(['vehicles', 'places', 'digits &lt;3&gt;']);
    ours.y.forEach((y, i) => {
      expect(Math.abs(y - tickvals[i])).toBeLessThan(0.5);
      expect(y).toBeLessThan(range[0]);
      expect(y).toBeGreaterThan(range[1]);
    });
  });

  it('scorePanels says where there is no number, and gives each panel its own axis', () => {
    expect(texts(figures.scorePanels)).toEqual(expect.arrayContaining(['<b>24.0</b>', '<b>12.0</b>', 'not run']));
    const { xaxis, xaxis2 } = figures.scorePanels.layout as unknown as Record<string, { domain: [number, number] }>;
    expect(xaxis.domain[1]).toBeLessThan(xaxis2.domain[0]);
    expect(xaxis2.domain[1]).toBeCloseTo(1, 9);
  });

  it('scorePanels has one scale for one quantity', () => {
    const panels = [8, 60].map((value) => ({
      title: `${value}`,
      quantity: '%',
      values: [{ value, low: value, high: value }],
    }));
    const ranges = (oneScale: boolean) => {
      const { layout } = scorePanels({ methods: ['SynCLR'], panels, oneScale });
      return ['xaxis', 'xaxis2'].map((axis) => (layout[axis] as { range: number[] }).range[1]);
    };
    expect(ranges(true)[0]).toBe(ranges(true)[1]);
    expect(ranges(false)[0]).toBeLessThan(ranges(false)[1]);
  });

  it('segmentationMasks draws every picture and explains every colour, inside the drawing', () => {
    const { images, annotations, shapes, height } = figures.segmentationMasks.layout as unknown as {
      images: { y: number; sizey: number }[];
      annotations: { y: number; text: string }[];
      shapes: unknown[];
      height: number;
    };
    expect(images).toHaveLength(6);
    expect(shapes).toHaveLength(3);
    expect(annotations.map(({ text }) => text)).toEqual(expect.arrayContaining(['meadow', 'mammal', 'fruit']));
    for (const { y } of annotations) expect(y).toBeLessThan(height);
  });

  it('classes have colours of their own', () => {
    const colors = classColours(32, { pale: 12 });
    expect(new Set(colors.map(String)).size).toBe(32);
    for (const channel of colors.flat()) expect(channel >= 0 && channel <= 255).toBe(true);
    // hsl(0, 35 %, 72 %) and hsl(0, 75 %, 35 %), as CSS has them
    expect([colors[0], colors[12]]).toEqual([
      [209, 159, 159],
      [156, 22, 22],
    ]);
    const least = (at: number) => Math.min(...colors[at]);
    for (let place = 0; place < 12; place++) {
      for (let thing = 12; thing < 32; thing++) expect(least(place)).toBeGreaterThan(least(thing));
    }
  });

  it('scoreCurves names every line and the level to beat, all within the picture', () => {
    expect(texts(figures.scoreCurves)).toEqual(['<b>SynCLR</b>', '<b>SynCLR, Otsu’s</b>', 'box in the middle']);
    const [, top] = (figures.scoreCurves.layout.yaxis as { range: [number, number] }).range;
    for (const { y } of figures.scoreCurves.layout.annotations as { y: number }[]) expect(y).toBeLessThanOrEqual(top);
    const [ours, otsu] = figures.scoreCurves.data;
    expect(ours.error_y).toBeDefined();
    expect(otsu.error_y).toBeUndefined();
  });
});
