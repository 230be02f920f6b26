import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { captionDiversity } from '../../lib/figures/captionDiversity.js';
import type { Figure, PlotlyObject } from '../../lib/figures/figure.js';
import { figure1Overview } from '../../lib/figures/figure1Overview.js';
import { figure2Granularity } from '../../lib/figures/figure2Granularity.js';
import { figure3Prompt } from '../../lib/figures/figure3Prompt.js';
import { figure4Samples } from '../../lib/figures/figure4Samples.js';
import { figure5Pca } from '../../lib/figures/figure5Pca.js';
import { guidanceRow } from '../../lib/figures/guidanceRow.js';
import { imageGrid } from '../../lib/figures/imageGrid.js';
import { probeBars } from '../../lib/figures/probeBars.js';
import { spread } from '../../lib/figures/spread.js';
import { dot, dots } from './fakeData.js';

/** A figure as JSON, pictures shortened. */
const snapshot = (figure: Figure) => JSON.stringify(figure, null, 1).replaceAll(dot, 'data:dot');
const texts = (figure: Figure) => (figure.layout.annotations as PlotlyObject[]).map((one) => String(one.text));
const pictures = (figure: Figure) => (figure.layout.images as PlotlyObject[]).length;

const words = 'a junco bird sits on a snowy fence in the morning';
const figures: Record<string, Figure> = {
  captionDiversity: captionDiversity({
    series: [
      { name: 'ours', captions: [10, 100], words: [60, 350], concepts: [9, 70], nearDuplicates: [0, 0.02] },
      { name: 'IN+h+Places', captions: [10, 50], words: [25, 60], concepts: [10, 40], nearDuplicates: [0, 0.021] },
    ],
  }),
  figure1Overview: figure1Overview({
    paperLabel: 'paper',
    oursLabel: 'ours',
    rows: [
      {
        title: 'Learning from data',
        inputs: [
          { kind: 'data', label: 'captions' },
          { kind: 'data', label: 'images', images: dots(3) },
        ],
        method: 'CLIP',
        learner: 'CLIP',
        paper: 80.2,
        ours: null,
      },
      {
        title: 'Learning from models',
        inputs: [
          { kind: 'model', label: 'language model' },
          { kind: 'model', label: 'image generator' },
        ],
        method: 'SynCLR',
        learner: 'SynCLR',
        paper: 80.7,
        ours: 66.61,
      },
    ],
  }),
  figure2Granularity: figure2Granularity({
    captions: [
      { text: 'a dog on a bicycle', images: dots(2) },
      { text: 'a dog in a house of sushi', images: dots(2) },
    ],
    groupings: [
      { method: 'SimCLR', explanation: 'every image is a class', groups: [[0], [1], [2], [3]] },
      {
        method: 'SynCLR',
        explanation: 'a caption is a class',
        groups: [
          [0, 1],
          [2, 3],
        ],
      },
    ],
  }),
  figure3Prompt: figure3Prompt({
    instruction: 'Describe an object in a place:',
    examples: [{ query: 'tiger, forest', caption: 'A tiger sleeps in the <forest>.' }],
    query: 'red fox, yard',
    generated: 'A red fox plays in a yard.',
    model: 'Llama 2',
  }),
  figure4Samples: figure4Samples({ samples: [1, 2, 3].map((at) => ({ caption: `${words} ${at}`, images: dots(4) })) }),
  figure5Pca: figure5Pca({
    methods: ['SynCLR', 'random init'],
    sets: ['cars', 'dogs'].map((name) => ({ name, rows: [1, 2].map(() => ({ photo: dot, maps: dots(2) })) })),
  }),
  guidanceRow: guidanceRow({ caption: words, rows: [dots(3), dots(3)], scales: [1, 2.5, 7.5] }),
  probeBars: probeBars({
    quantity: 'accuracy (%)',
    chance: 4.2,
    rows: [
      { method: 'SynCLR', accuracy: 66.6, low: 63.9, high: 69.2 },
      { method: 'raw pixels', accuracy: 12.3, low: 10.5, high: 14.4, note: 'no encoder' },
    ],
  }),
};

describe('figures', () => {
  it.each(Object.entries(figures))('%s keeps its JSON', async (name, figure) => {
    await expect(snapshot(figure)).toMatchFileSnapshot(`__snapshots__/${name}.snap`);
  });

  it('figure 1 shows a dash where there is no number', () => {
    expect(texts(figures.figure1Overview)).toEqual(expect.arrayContaining(['80.2', '<b>–</b>', '80.7', '<b>66.6</b>']));
  });

  it('figure 2 draws every picture once a row, and a tag a class', () => {
    expect(pictures(figures.figure2Granularity)).toBe(8);
    expect(texts(figures.figure2Granularity).filter((one) => one.includes('class '))).toHaveLength(6);
  });

  it('figure 3 shows text as text', () => {
    expect(texts(figures.figure3Prompt).join()).toContain('&lt;forest&gt;');
  });

  it('everything in a drawing lies inside it, however many rows and captions there are', () => {
    for (const count of [1, 2, 5]) {
      for (const columns of [1, 2]) {
        const rows = Array.from({ length: count }, () => ({
          label: 'label',
          images: dots(count),
          caption: words,
          captions: Array(count).fill(words),
        }));
        const { layout } = imageGrid(rows, { columns, columnLabels: dots(count).map((_, at) => `${at}`) });
        for (const { x, y, sizex = 0, sizey = 0 } of [
          ...(layout.images as Place[]),
          ...(layout.annotations as Place[]),
        ]) {
          expect(x).toBeGreaterThanOrEqual(0);
          expect(y).toBeGreaterThanOrEqual(0);
          expect(x + sizex).toBeLessThanOrEqual(layout.width);
          expect(y + sizey).toBeLessThanOrEqual(layout.height);
        }
      }
    }
  });

  it('labels keep their order and their distance, and move as little as they can', () => {
    const rounded = (shares: number[]) => shares.map((share) => Number(share.toFixed(6)));
    expect(rounded(spread([0.5, 0.1, 0.52, 0.9], 0.1))).toEqual([0.46, 0.1, 0.56, 0.9]);
    expect(rounded(spread([0.95, 0.9, 0.2, 0.94], 0.25))).toEqual([1, 0.5, 0.2, 0.75]);
    expect(rounded(spread([0, 0.02, 0.5], 0.1))).toEqual([0, 0.1, 0.5]);
    const step = 0.05;
    fc.assert(
      fc.property(fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 1, maxLength: 12 }), (shares) => {
        const placed = spread(shares, step);
        const order = shares.map((_, at) => at).sort((a, b) => shares[a] - shares[b]);
        for (const [at, label] of order.entries()) {
          expect(placed[label]).toBeGreaterThanOrEqual(at === 0 ? 0 : placed[order[at - 1]] + step - 1e-12);
          expect(placed[label]).toBeLessThanOrEqual(1 + 1e-12);
        }
        // None of them alone could be nearer: a label that moved touches another, or an end.
        for (const [at, label] of order.entries()) {
          const towards = Math.sign(shares[label] - placed[label]);
          if (Math.abs(shares[label] - placed[label]) < 1e-9) continue;
          const next = order[at + towards];
          const gap = next === undefined ? 0 : Math.abs(placed[next] - placed[label]) - step;
          expect(gap).toBeLessThan(1e-9);
        }
      }),
    );
  });

  it('each panel of the diversity curves has its own axes, within which every line lies', () => {
    const { data, layout } = figures.captionDiversity;
    expect(data).toHaveLength(6);
    for (const { y, yaxis } of data as { y: number[]; yaxis: string }[]) {
      const [bottom, top] = (layout[yaxis.replace('y', 'yaxis')] as { range: number[] }).range;
      expect(bottom).toBe(0);
      expect(Math.max(...y)).toBeLessThan(top);
    }
    expect((data[5].y as number[])[1]).toBeCloseTo(2.1, 12);
  });
});

interface Place {
  x: number;
  y: number;
  sizex?: number;
  sizey?: number;
}
