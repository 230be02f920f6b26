import type { Measured } from '../runs/measured.js';
import { type Figure, type PlotlyObject, plotlyText } from './figure.js';
import { intervalBars } from './measuredPoints.js';
import { chart, ink, methodColour } from './theme.js';

export interface TaskDotsData {
  methods: string[];
  /** drawn from the top; `chance`: of guessing; a null is a number that was not measured */
  groups: { name: string; tasks: { name: string; chance?: number; values: (Measured | null)[] }[] }[];
  /** what was measured, for the axis; in percent */
  quantity: string;
}

/** How far the dots of one task stand apart, in rows. */
const STEP = 0.15;

/** Scores of methods on tasks in percent, a row a task and a dot a method, with 95 % intervals; a stroke where chance is. */
export function taskDots({ methods, groups, quantity }: TaskDotsData): Figure {
  const rows: { name: string; chance?: number; values: (Measured | null)[]; y: number }[] = [];
  const heads: { name: string; y: number }[] = [];
  let y = 0;
  for (const { name, tasks } of groups) {
    heads.push({ name, y });
    y += 0.9;
    for (const task of tasks) rows.push({ ...task, y: y++ });
    y += 0.35;
  }
  const traces = methods.map((method, m): PlotlyObject => {
    const shown = rows.flatMap(({ values, y }) => (values[m] ? [{ ...values[m], y }] : []));
    const color = methodColour(method);
    const shift = (m - (methods.length - 1) / 2) * STEP;
    return {
      type: 'scatter',
      mode: 'markers',
      name: method,
      x: shown.map(({ value }) => value),
      y: shown.map((row) => row.y + shift),
      marker: { color, size: 8 },
      error_x: intervalBars(shown, { color, thickness: 1.4, width: 0 }),
      cliponaxis: false,
    };
  });
  const bottom = y - 0.35;
  const guesses = rows.flatMap(({ chance, y }) => (chance === undefined ? [] : [{ x: chance, y }]));
  return chart(traces, {
    width: 720,
    height: Math.round(96 + 30 * bottom),
    margin: { l: 150, r: 24, t: 40, b: 52 },
    xaxis: {
      title: { text: quantity },
      range: [0, 100],
      showgrid: true,
      gridcolor: ink.grid,
      showline: false,
      ticks: '',
    },
    yaxis: {
      tickvals: rows.map((row) => row.y),
      ticktext: rows.map(({ name }) => plotlyText(name)),
      range: [bottom, -0.6],
      showgrid: true,
    },
    shapes: guesses.map(({ x, y }) => ({
      type: 'line',
      x0: x,
      x1: x,
      y0: y - 0.36,
      y1: y + 0.36,
      line: { color: ink.text, width: 1.2, dash: 'dot' },
    })),
    annotations: [
      ...heads.map((head) => ({
        x: -0.015,
        xref: 'paper',
        xanchor: 'right',
        y: head.y,
        text: `<b>${plotlyText(head.name)}</b>`,
        showarrow: false,
      })),
      ...legend(methods, guesses.length > 0),
    ],
  });
}

/** The methods' names in their colours, in a line above the picture. */
function legend(methods: readonly string[], isChanceShown: boolean): PlotlyObject[] {
  const names = methods.map(
    (method) => `<b><span style="color:${methodColour(method)}">${plotlyText(method)}</span></b>`,
  );
  const text = [...names, ...(isChanceShown ? ['dotted: chance'] : [])].join('     ');
  const place = { x: 0, xref: 'paper', xanchor: 'left', y: 1, yref: 'paper', yanchor: 'bottom' };
  return [{ ...place, text, showarrow: false, font: { size: 13 } }];
}
