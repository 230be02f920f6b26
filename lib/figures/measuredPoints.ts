import type { PlotlyObject } from './figure.js';

/** A measured value with what is known of its error. */
export interface DrawnPoint {
  value: number;
  /** 95 % interval */
  low?: number;
  high?: number;
  /** each seed's value, where there are several */
  seeds?: readonly number[];
}

/** Plotly calls its axes x, x2, x3 … */
export const axisSuffix = (at: number) => (at === 0 ? '' : String(at + 1));

/** Plotly's error bars of the points' intervals; undefined where none has one. */
export function intervalBars(
  points: readonly DrawnPoint[],
  { color, thickness, width = 3 }: { color: string; thickness: number; width?: number },
): PlotlyObject | undefined {
  if (!points.some(({ low, high }) => low !== undefined && high !== undefined)) return undefined;
  return {
    type: 'data',
    symmetric: false,
    array: points.map(({ value, high }) => (high ?? value) - value),
    arrayminus: points.map(({ value, low }) => value - (low ?? value)),
    color,
    thickness,
    width,
  };
}

/** Each seed as a small white dot, to be drawn over the points and their intervals; none where no point has several. */
export function seedDots(
  dots: readonly { x: number; y: number }[],
  { name, color, axes }: { name: string; color: string; axes: PlotlyObject },
): PlotlyObject[] {
  if (dots.length === 0) return [];
  return [
    {
      type: 'scatter',
      mode: 'markers',
      x: dots.map(({ x }) => x),
      y: dots.map(({ y }) => y),
      ...axes,
      name: `${name}, each seed`,
      marker: { color: '#FFFFFF', size: 4.5, line: { color, width: 1 } },
    },
  ];
}
