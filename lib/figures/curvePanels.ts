import { endLabels, type PanelPlace } from './endLabels.js';
import { type Figure, type PlotlyObject, plotlyText } from './figure.js';
import { axisSuffix } from './measuredPoints.js';
import { chart, ink, methodColour } from './theme.js';

export interface Curve {
  /** drawn where the curve ends, in its colour */
  name: string;
  x: readonly number[];
  y: readonly number[];
  /** that of the method of this name, by default */
  color?: string;
  /** every value gets a dot: for few of them */
  dots?: boolean;
}

/** A value to hold the curves against, as a dashed line: the least that a loss can be, what guessing gives. */
export interface Level {
  value: number;
  name: string;
}

export interface CurvePanel {
  title: string;
  /** of the horizontal axis */
  axis: string;
  curves: readonly Curve[];
  levels?: readonly Level[];
  /** the horizontal axis is logarithmic, and the curves' own values are its ticks: for few of them */
  log?: boolean;
  /** weight of the past in the running mean that is drawn over the raw values; 0, by default: the raw values only */
  smoothing?: number;
  /** ends of the vertical axis; those of the values and levels by default */
  range?: readonly [number, number];
}

/** CSS pixels. The room right of a panel holds the names of its curves. */
const SIZE = { width: 230, height: 190, room: 124, left: 48, top: 40, below: 52 };

/** Curves over steps, σ and the like, in panels side by side. */
export function curvePanels(panels: readonly CurvePanel[], { columns = 2, width = SIZE.width } = {}): Figure {
  const across = Math.min(columns, panels.length);
  const rows = Math.ceil(panels.length / across);
  const inner = { width: across * width + (across - 1) * (SIZE.room + SIZE.left), height: rows * SIZE.height };
  inner.height += (rows - 1) * (SIZE.top + SIZE.below);
  const places = panels.map((_, at) => {
    const left = ((at % across) * (width + SIZE.room + SIZE.left)) / inner.width;
    const top = 1 - (Math.floor(at / across) * (SIZE.height + SIZE.top + SIZE.below)) / inner.height;
    return {
      left,
      right: left + width / inner.width,
      top,
      bottom: top - SIZE.height / inner.height,
      full: inner.height,
    };
  });
  const figure = chart(
    panels.flatMap(({ curves, smoothing = 0 }, at) => curves.flatMap((curve) => draw(curve, smoothing, at))),
    {
      width: SIZE.left + inner.width + SIZE.room,
      height: SIZE.top + inner.height + SIZE.below,
      margin: { l: SIZE.left, r: SIZE.room, t: SIZE.top, b: SIZE.below },
      annotations: panels.flatMap((panel, at) => annotate(panel, places[at])),
      shapes: panels.flatMap(({ levels = [] }, at) => levels.map(({ value }) => levelLine(value, at))),
    },
  );
  const [xaxis, yaxis] = [figure.layout.xaxis, figure.layout.yaxis] as [PlotlyObject, PlotlyObject];
  for (const [at, panel] of panels.entries()) {
    const { left, right, top, bottom } = places[at];
    const suffix = axisSuffix(at);
    const title = { ...(xaxis.title as PlotlyObject), text: panel.axis };
    const common = { nticks: 6, separatethousands: true };
    const scale = panel.log ? { type: 'log', tickvals: valuesOf(panel), ticktext: valuesOf(panel).map(String) } : {};
    const x = { ...xaxis, ...common, ...scale, title, range: ends(panel), domain: [left, right], anchor: `y${suffix}` };
    const y = { ...yaxis, ...common, range: rangeOf(panel), domain: [bottom, top], anchor: `x${suffix}` };
    Object.assign(figure.layout, { [`xaxis${suffix}`]: x, [`yaxis${suffix}`]: y });
  }
  return figure;
}

/** Running mean m ← s·m + (1 − s)·x, corrected for its start at 0 as in Adam. */
function runningMean(values: readonly number[], smoothing: number): number[] {
  let [mean, weight] = [0, 0];
  return values.map((value) => {
    mean = smoothing * mean + (1 - smoothing) * value;
    weight = smoothing * weight + (1 - smoothing);
    return mean / weight;
  });
}

function draw({ name, x, y, color = methodColour(name), dots }: Curve, smoothing: number, at: number): PlotlyObject[] {
  const axes = { xaxis: `x${axisSuffix(at)}`, yaxis: `y${axisSuffix(at)}` };
  const base = { type: 'scatter', mode: dots ? 'lines+markers' : 'lines', x, name, ...axes };
  const short = (values: readonly number[]) => values.map((value) => Number(value.toPrecision(6)));
  const line = {
    ...base,
    y: short(runningMean(y, smoothing)),
    line: { color, width: 2.2 },
    marker: { color, size: 7 },
    // Dots at the ends of an axis are whole.
    ...(dots && { cliponaxis: false }),
  };
  return smoothing > 0 ? [{ ...base, y: short(y), line: { color, width: 1 }, opacity: 0.25 }, line] : [line];
}

function levelLine(value: number, at: number): PlotlyObject {
  const axes = { xref: `x${axisSuffix(at)} domain`, yref: `y${axisSuffix(at)}` };
  return {
    type: 'line',
    ...axes,
    x0: 0,
    x1: 1,
    y0: value,
    y1: value,
    line: { color: ink.line, width: 1.2, dash: 'dash' },
  };
}

function annotate(panel: CurvePanel, place: PanelPlace & { left: number }): PlotlyObject[] {
  const { title, curves, levels = [], smoothing = 0 } = panel;
  const [low, high] = rangeOf(panel);
  const height = (value: number) => (value - low) / (high - low);
  const labels = [
    ...curves.map(({ name, y, color = methodColour(name) }) => {
      return { name, color, height: height(runningMean(y, smoothing)[y.length - 1]) };
    }),
    ...levels.map(({ name, value }) => ({ name, color: ink.muted, height: height(value) })),
  ];
  const paper = { xref: 'paper', yref: 'paper', showarrow: false, xanchor: 'left', align: 'left' };
  return [
    { ...paper, x: place.left, y: place.top, yshift: 6, yanchor: 'bottom', text: `<b>${plotlyText(title)}</b>` },
    ...endLabels(labels, place),
  ];
}

/** The horizontal values of all curves, each once, in order. */
const valuesOf = ({ curves }: CurvePanel) => [...new Set(curves.flatMap(({ x }) => [...x]))].sort((a, b) => a - b);

function ends(panel: CurvePanel): [number, number] {
  const values = valuesOf(panel);
  const at = panel.log ? Math.log10 : (x: number) => x;
  return [at(values[0]), at(values[values.length - 1])];
}

function rangeOf({ curves, levels = [], range }: CurvePanel): [number, number] {
  if (range) return [...range];
  const all = [...curves.flatMap(({ y }) => [...y]), ...levels.map(({ value }) => value)];
  const [low, high] = [Math.min(...all), Math.max(...all)];
  const pad = (high - low || 1) * 0.06;
  return [low - pad, high + pad];
}
