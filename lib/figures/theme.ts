import { BASELINES, METHODS, okabeIto } from '../runs/methods.js';
import type { Figure, PlotlyObject } from './figure.js';

export { okabeIto } from '../runs/methods.js';

export const ink = { text: '#222222', muted: '#6B6B6B', line: '#8A8A8A', grid: '#E6E6E6', fill: '#F3F3F1' } as const;

const peer = { name: 'DINO v2', colour: okabeIto.purple } as const;
const methods = [...Object.values(METHODS), peer, ...Object.values(BASELINES)];

export type Method = (typeof methods)[number]['name'];

/** One fixed colour a method, in every figure. */
export const methodColours = Object.fromEntries(methods.map(({ name, colour }) => [name, colour])) as Record<
  Method,
  string
>;

/** The colour of a method; dark grey for names that are none of them. */
export function methodColour(method: string): string {
  return Object.hasOwn(methodColours, method) ? methodColours[method as Method] : ink.muted;
}

/** Open Sans comes with the browser that draws the figures; the others are for readers of the SVG. */
export const fontFamily = 'Open Sans, Helvetica, Arial, sans-serif';

const axis: PlotlyObject = {
  showgrid: false,
  zeroline: false,
  showline: true,
  linecolor: ink.line,
  linewidth: 1,
  ticks: 'outside',
  tickcolor: ink.line,
  ticklen: 4,
  ticklabelstandoff: 3,
  tickfont: { size: 12, color: ink.text },
  title: { font: { size: 13, color: ink.text }, standoff: 10 },
  automargin: false,
};

function isObject(value: unknown): value is PlotlyObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** `over` on top of `base`, object by object. */
function merge(base: PlotlyObject, over: PlotlyObject): PlotlyObject {
  const result = { ...base };
  for (const [key, value] of Object.entries(over)) {
    const below = result[key];
    result[key] = isObject(value) && isObject(below) ? merge(below, value) : value;
  }
  return result;
}

/**
 * A chart in the house style: white, no box around it, light horizontal lines, names beside the marks, no legend.
 *
 * @param layout merged over the style; needs width and height in CSS pixels
 */
export function chart(traces: PlotlyObject[], layout: PlotlyObject & { width: number; height: number }): Figure {
  const base: PlotlyObject = {
    font: { family: fontFamily, size: 13, color: ink.text },
    paper_bgcolor: '#FFFFFF',
    plot_bgcolor: '#FFFFFF',
    showlegend: false,
    margin: { l: 64, r: 24, t: 24, b: 52 },
    xaxis: axis,
    yaxis: { ...axis, showgrid: true, gridcolor: ink.grid, showline: false, ticks: '' },
  };
  const { width, height, ...rest } = layout;
  return { data: traces, layout: { ...merge(base, rest), width, height } };
}
