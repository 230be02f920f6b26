import { type Figure, plotlyText } from './figure.js';
import { intervalBars } from './measuredPoints.js';
import { chart, ink, methodColour } from './theme.js';

export interface ProbeBarsData {
  /** accuracies in percent with their 95 % interval; drawn from the top in this order */
  rows: { method: string; accuracy: number; low: number; high: number; note?: string }[];
  /** what was measured, for the axis */
  quantity: string;
  /** accuracy of guessing, in percent */
  chance?: number;
}

/** Accuracies as horizontal bars with 95 % intervals, the value at the end of each. */
export function probeBars({ rows, quantity, chance }: ProbeBarsData): Figure {
  const positions = rows.map((_, at) => at);
  const points = rows.map(({ accuracy: value, low, high }) => ({ value, low, high }));
  const bars = {
    type: 'bar',
    orientation: 'h',
    y: positions,
    x: rows.map((row) => row.accuracy),
    width: 0.62,
    marker: { color: rows.map((row) => methodColour(row.method)) },
    error_x: intervalBars(points, { color: ink.text, thickness: 1.3, width: 4 }),
    cliponaxis: false,
  };
  const values = rows.map((row, at) => ({
    x: row.high,
    y: at,
    xshift: 6,
    text: `<b>${row.accuracy.toFixed(1)}</b>${row.note ? `  <span style="color:${ink.muted}">${plotlyText(row.note)}</span>` : ''}`,
    showarrow: false,
    xanchor: 'left',
  }));
  const top = Math.max(...rows.map((row) => row.high), chance ?? 0);
  const guess = chance === undefined ? [] : [chance];
  return chart([bars], {
    width: 640,
    height: 76 + rows.length * 34 + (guess.length > 0 ? 18 : 0),
    margin: { l: 120, t: guess.length > 0 ? 34 : 12, r: 20 },
    xaxis: {
      title: { text: quantity },
      range: [0, Math.min(118, top * 1.22)],
      showgrid: true,
      gridcolor: ink.grid,
      showline: false,
      ticks: '',
    },
    yaxis: {
      tickvals: positions,
      ticktext: rows.map((row) => plotlyText(row.method)),
      range: [rows.length - 0.5, -0.5],
      showgrid: false,
      tickfont: { size: 13 },
    },
    shapes: guess.map((x) => ({
      type: 'line',
      x0: x,
      x1: x,
      y0: 0,
      y1: 1,
      yref: 'paper',
      line: { color: ink.text, width: 1.2, dash: 'dot' },
    })),
    annotations: [
      ...values,
      ...guess.map((x) => ({
        x,
        y: 1,
        yref: 'paper',
        yanchor: 'bottom',
        text: `chance ${x.toFixed(1)}`,
        showarrow: false,
        font: { size: 11, color: ink.muted },
      })),
    ],
  });
}
