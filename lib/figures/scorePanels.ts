import type { Measured } from '../runs/measured.js';
import { textWidth } from './diagram.js';
import { type Figure, type PlotlyObject, plotlyText } from './figure.js';
import { axisSuffix, intervalBars } from './measuredPoints.js';
import { chart, ink, methodColour } from './theme.js';

export interface ScorePanelsData {
  methods: string[];
  /** side by side, each with an axis of its own; in percent with their 95 % interval, null where not measured */
  panels: { title: string; quantity: string; values: (Measured | null)[] }[];
  /** all panels have the axis of the largest: for one quantity, asked of different tests */
  oneScale?: boolean;
}

/** Room between panels, as a share of the width. */
const GAP = 0.05;

/** Several measures of the same methods: a panel of horizontal bars each, the names at the left of all. */
export function scorePanels({ methods, panels, oneScale = false }: ScorePanelsData): Figure {
  const tops = panels.map(({ values }) => Math.max(...values.map((one) => one?.high ?? 0), 1e-9));
  const width = (1 - GAP * (panels.length - 1)) / panels.length;
  const positions = methods.map((_, at) => at);
  const traces: PlotlyObject[] = [];
  const annotations: PlotlyObject[] = [];
  const axes: Record<string, PlotlyObject> = {};
  panels.forEach(({ title, quantity, values }, at) => {
    const suffix = axisSuffix(at);
    const left = at * (width + GAP);
    const points = values.map((one) => one ?? { value: 0 });
    const top = oneScale ? Math.max(...tops) : tops[at];
    traces.push({
      type: 'bar',
      orientation: 'h',
      xaxis: `x${suffix}`,
      y: positions,
      x: points.map(({ value }) => value),
      width: 0.62,
      marker: { color: methods.map(methodColour) },
      error_x: intervalBars(points, { color: ink.text, thickness: 1.3, width: 4 }),
      cliponaxis: false,
    });
    annotations.push({
      x: left,
      xref: 'paper',
      xanchor: 'left',
      y: 1,
      yref: 'paper',
      yanchor: 'bottom',
      yshift: 6,
      text: `<b>${plotlyText(title)}</b>`,
      showarrow: false,
    });
    values.forEach((one, y) => {
      const place = { xref: `x${suffix}`, y, xanchor: 'left', showarrow: false };
      const missing = { text: 'not run', x: 0, xshift: 4, font: { size: 11, color: ink.muted } };
      annotations.push({
        ...place,
        ...(one ? { text: `<b>${one.value.toFixed(1)}</b>`, x: one.high, xshift: 6 } : missing),
      });
    });
    axes[`xaxis${suffix}`] = {
      domain: [left, left + width],
      anchor: 'y',
      title: { text: quantity, font: { size: 13, color: ink.text }, standoff: 10 },
      tickfont: { size: 12, color: ink.text },
      range: [0, top * 1.3],
      showgrid: true,
      gridcolor: ink.grid,
      showline: false,
      zeroline: false,
      ticks: '',
      ticklabelstandoff: 3,
      automargin: false,
    };
  });
  return chart(traces, {
    width: 820,
    height: 104 + methods.length * 34,
    margin: { l: Math.max(104, ...methods.map((name) => textWidth(name, 13) + 12)), r: 16, t: 36, b: 52 },
    ...axes,
    yaxis: {
      tickvals: positions,
      ticktext: methods.map(plotlyText),
      range: [methods.length - 0.5, -0.5],
      showgrid: false,
    },
    annotations,
  });
}
