import { describe, expect, it } from 'vitest';
import type { PlotlyObject } from '../../lib/figures/figure.js';
import { type SamplingTradeoffData, samplingTradeoff } from '../../lib/figures/samplingTradeoff.js';

const data: SamplingTradeoffData = {
  setting: 'guidance',
  // Out of order, as a resumed measurement may leave them.
  points: [
    {
      value: 4,
      frechet: 9,
      precision: 0.9,
      recall: 0.3,
      diversity: 0.2,
      judged: { share: 0.8, low: 0.75, high: 0.84 },
    },
    {
      value: 1,
      frechet: 14,
      precision: 0.6,
      recall: 0.7,
      diversity: 0.5,
      judged: { share: 0.5, low: 0.44, high: 0.56 },
    },
    {
      value: 2,
      frechet: 8,
      precision: 0.8,
      recall: 0.6,
      diversity: 0.3,
      judged: { share: 0.7, low: 0.64, high: 0.75 },
    },
  ],
  perfect: { frechet: 1, precision: 0.95, recall: 0.94, diversity: 0.6, judged: { share: 0.93, low: 0.9, high: 0.95 } },
};

describe('samplingTradeoff', () => {
  const figure = samplingTradeoff(data);
  const lines = figure.data as { name: string; x: number[]; y: number[]; yaxis: string; error_y?: PlotlyObject }[];
  const texts = (figure.layout.annotations as { text: string }[]).map(({ text }) => text);

  it('keeps its JSON', async () => {
    await expect(JSON.stringify(figure, null, 1)).toMatchFileSnapshot('__snapshots__/samplingTradeoff.snap');
  });

  it('draws a line a measure, from the smallest setting to the largest', () => {
    expect(lines.map(({ name }) => name)).toEqual([
      'Fréchet distance',
      'precision',
      'recall',
      'distance within a caption',
      'recognised by the judge',
    ]);
    for (const { x } of lines) expect(x).toEqual([1, 2, 4]);
    expect(lines[2].y).toEqual([0.7, 0.6, 0.3]);
  });

  it('has an axis a panel, within which every line and what real scenes reach lie', () => {
    for (const { y, yaxis } of lines) {
      const [bottom, top] = (figure.layout[yaxis.replace('y', 'yaxis')] as { range: number[] }).range;
      expect(bottom).toBe(0);
      expect(Math.max(...y)).toBeLessThan(top);
    }
    const dotted = figure.layout.shapes as { y0: number; y1: number }[];
    expect(dotted.map(({ y0 }) => y0)).toEqual([1, 0.95, 0.94, 0.6, 93]);
    expect(dotted.every(({ y0, y1 }) => y0 === y1)).toBe(true);
  });

  it('shows the interval of what the judge says, in percent', () => {
    const { array, arrayminus } = lines[4].error_y as { array: number[]; arrayminus: number[] };
    expect(lines[4].y[2] + array[2]).toBeCloseTo(84, 10);
    expect(lines[4].y[0] - arrayminus[0]).toBeCloseTo(44, 10);
  });

  it('names lines where they end, and the axis after what is varied', () => {
    expect(texts).toEqual(expect.arrayContaining(['<b>precision</b>', '<b>recall</b>', 'real scenes']));
    const title = (one: SamplingTradeoffData) =>
      (samplingTradeoff(one).layout.xaxis4 as { title: { text: string } }).title;
    expect(title(data).text).toBe('guidance scale');
    expect(title({ ...data, setting: 'steps' }).text).toBe('denoising steps');
  });
});
