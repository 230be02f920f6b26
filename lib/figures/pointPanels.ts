import { type Figure, type PlotlyObject, plotlyText } from './figure.js';
import { axisSuffix } from './measuredPoints.js';
import { chart, ink, okabeIto } from './theme.js';

export interface PointPanel {
  title: string;
  points: readonly (readonly [x: number, y: number])[];
  /** pale, beneath the points: what they are held against */
  behind?: readonly (readonly [x: number, y: number])[];
  /** one name a point; equal names get one colour, and a line of the legend */
  groups?: readonly string[];
  /** the colour of each name, drawn as squares; circles in the theme's colours, in turn, by default */
  colors?: Readonly<Record<string, string>>;
  /** from each point to where it goes, as short lines */
  moves?: readonly (readonly [dx: number, dy: number])[];
  /** below the panel */
  note?: string;
}

const { blue, vermillion, green, orange, purple, skyBlue, black } = okabeIto;
const palette = [blue, vermillion, green, orange, purple, skyBlue, black, ink.line];
const symbols = ['circle', 'square'];

/** Colour and symbol of the i-th name of a panel. */
const markOf = ({ colors }: PointPanel, name: string, i: number) => ({
  color: colors?.[name] ?? palette[i % palette.length],
  symbol: colors || i >= palette.length ? symbols[1] : symbols[0],
});

/** CSS pixels */
const SIZE = { gap: 22, top: 32, legend: 20, note: 20 };

interface PointOptions {
  /** side of a panel */
  side?: number;
  /** half the side of what is shown, around 0; what holds all points of a panel by default */
  reach?: number;
  /** diameter of a point */
  size?: number;
}

/** Points in the plane, in square panels beside each other. Where there are groups, a legend stands below each panel. */
export function pointPanels(panels: readonly PointPanel[], { side = 220, reach, size = 6 }: PointOptions = {}): Figure {
  const names = panels.map(({ groups = [] }) => [...new Set(groups)]);
  const across = 2;
  const legend = Math.max(...names.map((some) => Math.ceil(some.length / across))) * SIZE.legend;
  const below = legend + (panels.some(({ note }) => note) ? SIZE.note : 0) + 12;
  const width = panels.length * (side + SIZE.gap) + SIZE.gap;
  const height = SIZE.top + side + below;
  const figure = chart([], { width, height, margin: { l: 0, r: 0, t: 0, b: 0 } });
  const [words, shapes]: [PlotlyObject[], PlotlyObject[]] = [[], []];
  const bottom = below / height;
  for (const [at, panel] of panels.entries()) {
    const left = SIZE.gap + at * (side + SIZE.gap);
    const suffix = axisSuffix(at);
    const axes = { xaxis: `x${suffix}`, yaxis: `y${suffix}` };
    const range = reach
      ? [
          [-reach, reach],
          [-reach, reach],
        ]
      : square([...panel.points, ...(panel.behind ?? [])]);
    const hidden = { showgrid: false, zeroline: false, showticklabels: false, ticks: '', showline: true, mirror: true };
    const line = { linecolor: ink.grid, linewidth: 1 };
    Object.assign(figure.layout, {
      [`xaxis${suffix}`]: {
        ...hidden,
        ...line,
        range: range[0],
        domain: [left / width, (left + side) / width],
        anchor: axes.yaxis,
      },
      [`yaxis${suffix}`]: {
        ...hidden,
        ...line,
        range: range[1],
        domain: [bottom, bottom + side / height],
        anchor: axes.xaxis,
      },
    });
    figure.data.push(...movesOf(panel, axes), ...tracesOf(panel, names[at], axes, size));
    const paper = { xref: 'paper', yref: 'paper', showarrow: false, xanchor: 'left', x: left / width };
    words.push({ ...paper, y: 1, yshift: -6, yanchor: 'top', text: `<b>${plotlyText(panel.title)}</b>` });
    const noteStyle = { font: { size: 12, color: ink.muted }, yanchor: 'top', y: bottom };
    if (panel.note) words.push({ ...paper, ...noteStyle, yshift: -4, text: plotlyText(panel.note) });
    const drop = panel.note ? SIZE.note : 0;
    for (const [i, name] of names[at].entries()) {
      const x = (left + (i % across) * (side / across)) / width;
      const y = -8 - drop - Math.floor(i / across) * SIZE.legend;
      const { color, symbol } = markOf(panel, name, i);
      const mark = { font: { size: 12, color }, y: bottom, yshift: y, yanchor: 'top' };
      words.push({ ...paper, ...mark, x, xshift: 14, text: plotlyText(name) });
      const [drawn, dot] = [x * width, height - below - y + 9];
      shapes.push({
        type: symbol === 'circle' ? 'circle' : 'rect',
        ...{ xref: 'paper', yref: 'paper', fillcolor: color, line: { width: 0 } },
        ...{
          x0: (drawn + 2) / width,
          x1: (drawn + 11) / width,
          y0: 1 - (dot - 4.5) / height,
          y1: 1 - (dot + 4.5) / height,
        },
      });
    }
  }
  figure.layout.annotations = words;
  figure.layout.shapes = shapes;
  return figure;
}

function tracesOf(panel: PointPanel, names: readonly string[], axes: PlotlyObject, size: number): PlotlyObject[] {
  const { points, groups, behind } = panel;
  const trace = (
    some: readonly (readonly [number, number])[],
    color: string,
    symbol: string,
    name: string,
    opacity = 0.75,
  ) => ({
    type: 'scatter',
    mode: 'markers',
    x: some.map(([x]) => short(x)),
    y: some.map(([, y]) => short(y)),
    ...axes,
    name,
    marker: { color, symbol, size, opacity },
  });
  const under = behind ? [trace(behind, ink.grid, symbols[0], 'behind', 1)] : [];
  if (!groups) return [...under, trace(points, ink.muted, symbols[0], 'points')];
  const over = names.map((name, i) => {
    const { color, symbol } = markOf(panel, name, i);
    return trace(
      points.filter((_, k) => groups[k] === name),
      color,
      symbol,
      name,
    );
  });
  return [...under, ...over];
}

/** Four digits: more than can be seen, and a third of the bytes of a notebook. */
const short = (value: number) => Number(value.toPrecision(4));

/** All moves of a panel as one trace of separate lines. */
function movesOf({ points, moves }: PointPanel, axes: PlotlyObject): PlotlyObject[] {
  if (!moves) return [];
  const x = points.flatMap(([from], i) => [from, from + moves[i][0], null]);
  const y = points.flatMap(([, from], i) => [from, from + moves[i][1], null]);
  return [{ type: 'scatter', mode: 'lines', x, y, ...axes, line: { color: ink.line, width: 1 }, name: 'moves' }];
}

/** Equal ranges on both axes that hold all points. */
function square(points: readonly (readonly [number, number])[]): number[][] {
  const ends = [0, 1]
    .map((axis) => points.map((point) => point[axis]))
    .map((all) => [Math.min(...all), Math.max(...all)]);
  const half = 0.55 * Math.max(...ends.map(([low, high]) => high - low), 1e-9);
  return ends.map(([low, high]) => [(low + high) / 2 - half, (low + high) / 2 + half]);
}
