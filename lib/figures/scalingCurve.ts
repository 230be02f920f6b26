import type { Figure } from './figure.js';
import { type LinePanel, linePanels } from './linePanels.js';
import type { DrawnPoint } from './measuredPoints.js';
import { okabeIto } from './theme.js';

export interface ScalingLine {
  /** e.g. `ViT-B/16` */
  model: string;
  points: readonly (DrawnPoint & { x: number })[];
}

export interface ScalingCurveData {
  /** The paper's curve, captions in millions; its values were decoded from the plot. */
  paper: { quantity: string; lines: readonly ScalingLine[] };
  ours: { quantity: string; lines: readonly ScalingLine[]; note?: string };
}

/** The smaller model and the larger one: SynCLR's colour, full and dark. */
const SIZES = [
  { color: okabeIto.vermillion, symbol: 'circle' },
  { color: '#6E2C00', symbol: 'square' },
];

/** Half the distance of two lines' points, as a share of the axis. */
const HAIR = 0.008;

/** Figures 6 and 7: accuracy against the number of captions on a logarithmic axis, the paper's panel beside ours. */
export function scalingCurve({ paper, ours }: ScalingCurveData): Figure {
  return linePanels([
    panel({ title: 'paper', axis: 'captions (millions)', ...paper }, String),
    panel({ title: 'ours', axis: 'captions', ...ours }, (captions) => captions.toLocaleString('en').replace(',', ' ')),
  ]);
}

function panel(
  { lines, ...rest }: Pick<LinePanel, 'title' | 'axis' | 'quantity' | 'note'> & { lines: readonly ScalingLine[] },
  write: (captions: number) => string,
): LinePanel {
  const counts = lines.flatMap(({ points }) => points.map(({ x }) => x));
  // Intervals at one place would cover each other: lines stand a hair apart.
  const known = lines.every(({ points }) => points.every(({ low }) => low !== undefined));
  const hair = known && counts.length > 0 ? (Math.max(...counts) / Math.min(...counts)) ** HAIR : 1;
  return {
    ...rest,
    log: true,
    ticks: [...new Set(counts)].sort((a, b) => a - b).map((x) => ({ x, text: write(x) })),
    lines: lines.map(({ model, points }, at) => ({
      name: model,
      ...SIZES[at % SIZES.length],
      points: points.map((point) => ({ ...point, x: point.x * hair ** (2 * at - 1) })),
    })),
  };
}
