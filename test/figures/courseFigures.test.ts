import { readFileSync } from 'node:fs';
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { barPanels } from '../../lib/figures/barPanels.js';
import { compactPng } from '../../lib/figures/compactPng.js';
import { cropBoxes } from '../../lib/figures/cropBoxes.js';
import { curvePanels } from '../../lib/figures/curvePanels.js';
import type { Figure, PlotlyObject } from '../../lib/figures/figure.js';
import { matrixPanels } from '../../lib/figures/matrixPanels.js';
import { pointPanels } from '../../lib/figures/pointPanels.js';
import { splitMap, VIEWERS } from '../../lib/figures/splitMap.js';
import { studentTeacher } from '../../lib/figures/studentTeacher.js';
import { uperNetScheme } from '../../lib/figures/uperNetScheme.js';
import { projectPath } from '../../lib/runs/index.js';
import { dot } from './fakeData.js';

const texts = (figure: Figure) => (figure.layout.annotations as PlotlyObject[]).map(({ text }) => String(text));
const shapes = (figure: Figure) => figure.layout.shapes as PlotlyObject[];
const rangeOf = (figure: Figure, axis: string) => (figure.layout[axis] as { range: number[] }).range;

describe('barPanels', () => {
  it('draws a bar for each thing in each panel, on one scale, and a dash where nothing is left', () => {
    const panels = [
      { title: 'before', values: [0.5, 0.25, 0.25] },
      { title: 'after', values: [2 / 3, 1 / 3, null], note: '2 left' },
    ];
    const figure = barPanels(['a', 'b', '<c>'], panels);
    expect(figure.data).toMatchObject([{ x: [0.5, 0.25, 0.25] }, { x: [0.6667, 0.3333, 0], xaxis: 'x2' }]);
    expect(rangeOf(figure, 'xaxis2')).toEqual(rangeOf(figure, 'xaxis'));
    const shown = ['<b>before</b>', '50.0 %', '25.0 %', '25.0 %', '<b>after</b>', '66.7 %', '33.3 %', '–', '2 left'];
    expect(texts(figure)).toEqual(shown);
    expect((figure.layout.yaxis as { ticktext: string[] }).ticktext).toEqual(['a', 'b', '&lt;c&gt;']);
  });
});

describe('curvePanels', () => {
  const curve = { name: 'SynCLR', x: [0, 1, 2, 3], y: [4, 2, 4, 2] };

  it('shows a level below all curves, and names it', () => {
    const figure = curvePanels([
      { title: 'loss', axis: 'step', curves: [curve], levels: [{ value: 1, name: 'log 3' }] },
    ]);
    const [low, high] = rangeOf(figure, 'yaxis');
    expect(low).toBeLessThan(1);
    expect(high).toBeGreaterThan(4);
    expect(texts(figure)).toEqual(['<b>loss</b>', '<b>SynCLR</b>', 'log 3']);
    expect(shapes(figure)).toMatchObject([{ y0: 1, y1: 1, yref: 'y' }]);
  });

  it('leads back from a name that had to move, and gives a curve without a name none', () => {
    const curves = [1, 1.02, 2].map((end, i) => ({
      name: ['a', 'b', ''][i],
      color: '#D55E00',
      x: [0, 1],
      y: [0, end],
    }));
    const figure = curvePanels([{ title: 'loss', axis: 'step', curves }]);
    expect(texts(figure)).toEqual(['<b>loss</b>', '<b>a</b>', '', '<b>b</b>', '']);
    const leaders = (figure.layout.annotations as PlotlyObject[]).filter(({ showarrow }) => showarrow);
    expect(leaders.map(({ ay }) => Math.sign(ay as number))).toEqual([1, -1]);
  });

  it('draws the running mean over the raw values, corrected for its start', () => {
    const figure = curvePanels([{ title: 'loss', axis: 'step', curves: [curve], smoothing: 0.5 }]);
    const [raw, mean] = figure.data as { y: number[] }[];
    expect(raw.y).toEqual(curve.y);
    // m becomes m/2 + y/2, from 0: 2, 2, 3, 2.5; divided by 1/2, 3/4, 7/8, 15/16
    for (const [i, value] of [4, 2 / 0.75, 3 / 0.875, 2.5 / 0.9375].entries()) expect(mean.y[i]).toBeCloseTo(value, 4);
  });

  it('lays panels out in rows, each with axes of its own', () => {
    const figure = curvePanels(['a', 'b', 'c'].map((title) => ({ title, axis: 'step', curves: [curve] })));
    expect(figure.data.map(({ yaxis }) => yaxis)).toEqual(['y', 'y2', 'y3']);
    const [first, third] = ['yaxis', 'yaxis3'].map((axis) => (figure.layout[axis] as { domain: number[] }).domain);
    expect(third[1]).toBeLessThan(first[0]);
  });
});

describe('matrixPanels', () => {
  const values = [
    [0.5, -1, null],
    [0, 0.25, 2],
  ];

  it('writes numbers where they are asked for, and colours plus and minus alike', () => {
    const figure = matrixPanels([{ title: 'S', values, decimals: 1 }]);
    const [map] = figure.data;
    expect(map).toMatchObject({ z: values, zmin: -2, zmax: 2 });
    expect(map.text).toEqual([
      ['0.5', '−1.0', '–'],
      ['0.0', '0.3', '2.0'],
    ]);
    expect(matrixPanels([{ title: 'S', values }]).data[0].text).toBeUndefined();
  });

  it('draws the first row on top and lines between blocks', () => {
    const square = Array.from({ length: 6 }, () => Array(6).fill(1));
    const figure = matrixPanels([{ title: 'S', values: square, block: 2 }]);
    expect(rangeOf(figure, 'yaxis')).toEqual([5.5, -0.5]);
    expect(shapes(figure).filter(({ type }) => type === 'line')).toHaveLength(4);
  });

  it('starts a new row of panels where one is full', () => {
    const some = ['a', 'b', 'c'].map((title) => ({ title, values }));
    const [wide, high] = [matrixPanels(some), matrixPanels(some, { across: 1 })];
    expect(wide.layout.width).toBeGreaterThan(high.layout.width);
    expect(high.layout.height).toBeGreaterThan(wide.layout.height);
  });
});

describe('cropBoxes', () => {
  it('frames each crop where it was cut, at one scale', () => {
    const box = { left: 16, top: 32, width: 32, height: 16 };
    const figure = cropBoxes({ original: dot, side: 64, crops: [{ name: 'local', box, image: dot, size: 24 }] });
    const [where] = shapes(figure).map(({ path }) => String(path));
    // 256 px for 64: four times the box, from the picture's corner at (12, 34)
    expect(where).toMatch(/^M78,162 L202,162 .* L78,226/);
    expect(figure.layout.images).toMatchObject([{ sizex: 256 }, { sizex: 96 }]);
  });
});

describe('pointPanels', () => {
  const points = [
    [0, 0],
    [1, 2],
    [3, 1],
  ] as const;

  it('gives every group a colour and a line of the legend', () => {
    const figure = pointPanels([{ title: 'by thing', points, groups: ['cat', 'dog', 'cat'] }]);
    expect(figure.data.map(({ name, x }) => [name, x])).toEqual([
      ['cat', [0, 3]],
      ['dog', [1]],
    ]);
    expect(texts(figure)).toEqual(['<b>by thing</b>', 'cat', 'dog']);
    expect(new Set(shapes(figure).map(({ fillcolor }) => fillcolor)).size).toBe(2);
  });

  it('takes colours of its own for the groups of a panel, drawn as squares', () => {
    const colors = { cat: '#111111', dog: '#222222' };
    const { data } = pointPanels([{ title: 'by place', points, groups: ['cat', 'dog', 'cat'], colors }]);
    expect(data.map(({ marker }) => marker)).toMatchObject(
      Object.values(colors).map((color) => ({ color, symbol: 'square' })),
    );
  });

  it('keeps both axes to one scale', () => {
    const figure = pointPanels([{ title: 'all', points }]);
    const [x, y] = ['xaxis', 'yaxis'].map((axis) => rangeOf(figure, axis));
    expect(x[1] - x[0]).toBeCloseTo(y[1] - y[0], 12);
    expect(x[0]).toBeLessThan(0);
    expect(x[1]).toBeGreaterThan(3);
  });

  it('draws moves as lines from their points', () => {
    const moves = points.map(() => [0.5, 0] as const);
    const [lines] = pointPanels([{ title: 'v', points, moves }]).data as { x: (number | null)[] }[];
    expect(lines.x.slice(0, 3)).toEqual([0, 0.5, null]);
  });
});

describe('studentTeacher', () => {
  it('says the shape of everything on the way', () => {
    const shown = texts(
      studentTeacher({
        globals: 8,
        locals: 32,
        masked: 128,
        size: 64,
        localSize: 24,
        width: 192,
        output: 16,
        prototypes: 99,
      }),
    );
    for (const shape of ['[8, 64, 64, 3]', '[32, 24, 24, 3]', '[40, 192]', '[40, 16]', '[8, 16]', '[128, 99]']) {
      expect(shown.some((text) => text.includes(shape))).toBe(true);
    }
  });
});

describe('uperNetScheme', () => {
  const data = {
    size: 64,
    depth: 3,
    width: 192,
    blocks: [1, 1, 2, 3],
    grid: 8,
    sides: [32, 16, 8, 4],
    channels: 48,
    poolScales: [1, 6],
    classes: 29,
  };
  const figure = uperNetScheme(data);

  it('says the shape of everything on the way, and how each grid is made', () => {
    const shown = texts(figure).map((text) => text.replaceAll('<br>', ' '));
    for (const words of ['[64, 64, 3]', '[8, 8, 192]', '[4, 4, 48]', '[32, 32, 192]', '[32, 32, 29]', '6×6', '×4']) {
      expect(shown.some((text) => text.includes(words))).toBe(true);
    }
    expect(shown.filter((text) => /block \d/.test(text))).toHaveLength(3);
  });

  it('keeps all that is drawn within its frame', () => {
    const { width, height } = figure.layout as { width: number; height: number };
    for (const { path } of shapes(figure).filter(({ type }) => type === 'path')) {
      const numbers = [...String(path).matchAll(/(-?[\d.]+),(-?[\d.]+)/g)];
      for (const [, x, y] of numbers) {
        expect(Number(x)).toBeGreaterThanOrEqual(0);
        expect(Number(x)).toBeLessThanOrEqual(width);
        expect(Number(y)).toBeGreaterThanOrEqual(0);
        expect(Number(y)).toBeLessThanOrEqual(height);
      }
    }
  });
});

describe('compactPng', () => {
  it('keeps the size of a picture, in at most 256 colours and fewer bytes; equal ones give equal bytes', async () => {
    const png = readFileSync(projectPath('figures', 'fig2-granularity.png'));
    const small = await compactPng(png);
    const { width, height } = await sharp(png).metadata();
    expect(await sharp(small).metadata()).toMatchObject({ width, height, format: 'png' });
    const { data, info } = await sharp(small).ensureAlpha().raw().toBuffer({ resolveWithObject: true });
    const pixels = new Uint32Array(data.buffer, data.byteOffset, info.width * info.height);
    expect(new Set(pixels).size).toBeLessThanOrEqual(256);
    expect(small.length).toBeLessThan(png.length / 2);
    expect(small.equals(await compactPng(png))).toBe(true);
  });
});

describe('splitMap', () => {
  const cells = (['generator', 'test', 'nobody'] as const).map((seenBy) => ({ image: dot, seenBy }));
  const figure = splitMap({ title: 'penguin', columns: ['sea', 'snow', 'forest'], rows: [{ label: 'noto', cells }] });

  it('frames each picture in the colour of who sees it, and pales what nobody sees', () => {
    const frames = shapes(figure).filter(({ type }) => type === 'path') as {
      line: { color: string };
      fillcolor: string;
    }[];
    expect(frames.map(({ line }) => line.color)).toEqual(cells.map(({ seenBy }) => VIEWERS[seenBy].colour));
    expect(frames.map(({ fillcolor }) => fillcolor !== 'rgba(0,0,0,0)')).toEqual([false, false, true]);
    expect(figure.layout.images).toHaveLength(3);
  });

  it('names rows, columns and viewers, none over another', () => {
    const columns = Array.from({ length: 12 }, (_, i) => `place ${i}`);
    const wide = splitMap({ title: 'penguin', columns, rows: [{ label: 'noto', cells: columns.map(() => cells[0]) }] });
    expect(texts(wide)).toEqual(expect.arrayContaining([...columns, '<b>noto</b>']));
    type Word = { text: string; x: number; y: number };
    const legend = (wide.layout.annotations as Word[]).slice(-Object.keys(VIEWERS).length);
    expect(legend.map(({ text }) => text)).toEqual(Object.values(VIEWERS).map(({ name }) => name));
    for (const [i, { x, y, text }] of legend.entries()) {
      const next = legend.find((one, k) => k > i && one.y === y)?.x ?? (wide.layout.width as number);
      expect(x + 5 * text.length).toBeLessThan(next);
    }
  });
});
