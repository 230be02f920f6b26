import { inPercent } from '../runs/measured.js';
import type { Figure, PlotlyObject } from './figure.js';
import { axisSuffix, type DrawnPoint, intervalBars } from './measuredPoints.js';
import { spread } from './spread.js';
import { chart, ink, okabeIto } from './theme.js';

/** Measures of images, on the features of a judge that was trained on real scenes. */
export interface TradeoffMeasures {
  /** Fréchet distance to real scenes */
  frechet: number;
  /** shares, in [0, 1] */
  precision: number;
  recall: number;
  /** mean distance of the images of one caption */
  diversity: number;
  /** share in which the judge sees the caption's concept, with its 95 % interval */
  judged: { share: number; low: number; high: number };
}

export interface SamplingTradeoffData {
  /** what is varied */
  setting: 'guidance' | 'steps';
  points: (TradeoffMeasures & { value: number })[];
  /** the same measures of real scenes: what a perfect generator would reach */
  perfect: TradeoffMeasures;
}

interface Line {
  name?: string;
  color: string;
  of: (measures: TradeoffMeasures) => DrawnPoint;
}

const PANELS: readonly { title: string; lines: readonly Line[]; top?: number; unit?: string }[] = [
  { title: 'Fréchet distance', lines: [{ color: okabeIto.blue, of: ({ frechet: value }) => ({ value }) }] },
  {
    title: 'precision, recall',
    top: 1.05,
    lines: [
      { name: 'precision', color: okabeIto.vermillion, of: ({ precision: value }) => ({ value }) },
      { name: 'recall', color: okabeIto.green, of: ({ recall: value }) => ({ value }) },
    ],
  },
  {
    title: 'distance within a caption',
    lines: [{ color: okabeIto.purple, of: ({ diversity: value }) => ({ value }) }],
  },
  {
    title: 'recognised by the judge',
    top: 105,
    unit: ' %',
    lines: [{ color: okabeIto.orange, of: ({ judged }) => inPercent(judged.share, judged) }],
  },
];
/** Two by two; room between panels as a share of each side. */
const [GAP, RISE] = [0.17, 0.26];
const [WIDTH, HEIGHT] = [(1 - GAP) / 2, (1 - RISE) / 2];

/**
 * What guidance (paper §3.2), or the number of steps, gives and costs: distance to real scenes, precision and recall, diversity
 * and recognition, a panel each. Dotted lines are real scenes themselves.
 */
export function samplingTradeoff({ setting, points, perfect }: SamplingTradeoffData): Figure {
  const sorted = [...points].sort((a, b) => a.value - b.value);
  const drawn = PANELS.map((panel, at) => drawPanel(panel, at, { points: sorted, perfect }));
  const figure = chart(
    drawn.flatMap(({ traces }) => traces),
    {
      width: 760,
      height: 560,
      margin: { t: 40, r: 84, l: 56 },
      shapes: drawn.flatMap(({ shapes }) => shapes),
      annotations: drawn.flatMap(({ annotations }) => annotations),
    },
  );
  const [xaxis, yaxis] = [figure.layout.xaxis, figure.layout.yaxis] as [PlotlyObject, PlotlyObject];
  const text = setting === 'guidance' ? 'guidance scale' : 'denoising steps';
  const title = { ...(xaxis.title as PlotlyObject), text, standoff: 6 };
  drawn.forEach(({ top, unit }, at) => {
    const { left, bottom } = placeOf(at);
    const axis = { ...xaxis, title, tickvals: sorted.map(({ value }) => value) };
    figure.layout[`xaxis${axisSuffix(at)}`] = { ...axis, domain: [left, left + WIDTH], anchor: `y${axisSuffix(at)}` };
    figure.layout[`yaxis${axisSuffix(at)}`] = {
      ...yaxis,
      domain: [bottom, bottom + HEIGHT],
      anchor: `x${axisSuffix(at)}`,
      range: [0, top],
      ticksuffix: unit,
    };
  });
  return figure;
}

function drawPanel(
  { title, lines, top: fixed, unit = '' }: (typeof PANELS)[number],
  at: number,
  { points, perfect }: Pick<SamplingTradeoffData, 'points' | 'perfect'>,
) {
  const top =
    fixed ?? 1.15 * Math.max(...lines.flatMap(({ of }) => [...points, perfect].map((one) => of(one).value)), 1e-9);
  const axes = { xaxis: `x${axisSuffix(at)}`, yaxis: `y${axisSuffix(at)}` };
  const { left, bottom } = placeOf(at);
  const traces: PlotlyObject[] = lines.map(({ name, color, of }) => ({
    type: 'scatter',
    mode: 'lines+markers',
    x: points.map(({ value }) => value),
    y: points.map((point) => of(point).value),
    ...axes,
    name: name ?? title,
    line: { color, width: 2.2 },
    marker: { size: 6, color },
    error_y: intervalBars(points.map(of), { color, thickness: 1.2 }),
  }));
  const shapes: PlotlyObject[] = lines.map(({ color, of }) => ({
    type: 'line',
    xref: `${axes.xaxis} domain`,
    yref: axes.yaxis,
    x0: 0,
    x1: 1,
    y0: of(perfect).value,
    y1: of(perfect).value,
    line: { color, width: 1.3, dash: 'dot' },
  }));
  // Beside the panel: each line's name at its end, and what the dots are.
  const ends = lines.map((line) => ({
    text: line.name,
    color: line.color,
    y: line.of(points[points.length - 1]).value,
  }));
  const mean = lines.reduce((sum, { of }) => sum + of(perfect).value, 0) / lines.length;
  const labels = [...ends.filter(({ text }) => text !== undefined), { text: 'real scenes', color: ink.muted, y: mean }];
  const places = spread(
    labels.map(({ y }) => y / top),
    0.09,
  );
  const annotations: PlotlyObject[] = [
    { x: left, y: bottom + HEIGHT + 0.015, text: title, yanchor: 'bottom' },
    ...labels.map(({ text, color }, i) => ({
      x: left + WIDTH + 0.008,
      y: bottom + HEIGHT * places[i],
      text: color === ink.muted ? text : `<b>${text}</b>`,
      yanchor: 'middle',
      font: { color, size: 11 },
    })),
  ].map((one) => ({ ...one, xref: 'paper', yref: 'paper', showarrow: false, xanchor: 'left' }));
  return { traces, shapes, annotations, top, unit };
}

const placeOf = (at: number) => ({ left: (at % 2) * (WIDTH + GAP), bottom: at < 2 ? HEIGHT + RISE : 0 });
