import { endLabels } from './endLabels.js';
import type { Figure, PlotlyObject } from './figure.js';
import { type DrawnPoint, intervalBars } from './measuredPoints.js';
import { chart, ink, methodColour } from './theme.js';

export interface ScoreCurvesData {
  series: {
    name: string;
    /** which method's colour; the name's by default */
    method?: string;
    dash?: 'solid' | 'dot' | 'dash';
    /** without its name at its end, where colour and dash say what it is */
    unlabelled?: boolean;
    points: (DrawnPoint & { x: number })[];
  }[];
  /** for the axes */
  x: string;
  quantity: string;
  /** only these are marked on the x axis */
  ticks?: number[];
  /** a level to beat */
  reference?: { name: string; value: number };
}

/** CSS pixels */
const HEIGHT = 360;
const MARGIN = { l: 64, r: 190, t: 24, b: 52 };

/** Scores against a setting: a line a series with its intervals, the name at its end, a dotted level to beat. */
export function scoreCurves({ series, x, quantity, ticks, reference }: ScoreCurvesData): Figure {
  const all = series.flatMap(({ points }) => points);
  const top = 1.08 * Math.max(...all.map(({ value, high }) => high ?? value), reference?.value ?? 0);
  const ends = [
    ...series
      .filter(({ unlabelled }) => !unlabelled)
      .map(({ name, method, points }) => ({
        name,
        color: methodColour(method ?? name),
        value: points[points.length - 1].value,
      })),
    ...(reference ? [{ ...reference, color: ink.muted }] : []),
  ];
  const xs = all.map((point) => point.x);
  const [first, last] = [Math.min(...xs), Math.max(...xs)];
  const pad = 0.04 * (last - first || 1);
  const traces = series.map(({ name, method, dash = 'solid', points }): PlotlyObject => {
    const color = methodColour(method ?? name);
    const error = intervalBars(points, { color, thickness: 1.2 });
    return {
      type: 'scatter',
      mode: 'lines+markers',
      name,
      x: points.map((point) => point.x),
      y: points.map(({ value }) => value),
      line: { color, width: 2.2, dash },
      marker: { size: 7, color },
      ...(error && { error_y: error }),
    };
  });
  return chart(traces, {
    width: 680,
    height: HEIGHT,
    margin: MARGIN,
    xaxis: { title: { text: x }, range: [first - pad, last + pad], ...(ticks && { tickvals: ticks }) },
    yaxis: { title: { text: quantity }, range: [0, top] },
    shapes: reference
      ? [
          {
            type: 'line',
            xref: 'paper',
            x0: 0,
            x1: 1,
            y0: reference.value,
            y1: reference.value,
            line: { color: ink.muted, width: 1.3, dash: 'dot' },
          },
        ]
      : [],
    annotations: endLabels(
      ends.map(({ name, color, value }) => ({ name, color, height: value / top })),
      { right: 1, bottom: 0, top: 1, full: HEIGHT - MARGIN.t - MARGIN.b },
      { size: 13 },
    ),
  });
}
