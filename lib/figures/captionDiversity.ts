import { endLabels } from './endLabels.js';
import type { Figure, PlotlyObject } from './figure.js';
import { chart, okabeIto } from './theme.js';

export interface CaptionDiversityData {
  /** Caption sets; each holds one entry of every array for each prefix of the set. */
  series: {
    name: string;
    captions: readonly number[];
    words: readonly number[];
    concepts: readonly number[];
    /** shares, in [0, 1] */
    nearDuplicates: readonly number[];
  }[];
}

type Series = CaptionDiversityData['series'][number];

const PANELS: readonly { title: string; of: (series: Series) => readonly number[]; unit?: string }[] = [
  { title: 'different words', of: ({ words }) => words },
  { title: 'different concepts', of: ({ concepts }) => concepts },
  { title: 'near-duplicates', of: ({ nearDuplicates }) => nearDuplicates.map((share) => 100 * share), unit: ' %' },
];
const COLORS = [okabeIto.vermillion, okabeIto.blue, okabeIto.green, okabeIto.orange, okabeIto.purple];
/** CSS pixels */
const HEIGHT = 300;
const MARGIN = { t: 44, r: 140, l: 56, b: 52 };
/** Room between panels, as a share of the width. */
const GAP = 0.09;
const WIDTH = (1 - GAP * (PANELS.length - 1)) / PANELS.length;

/** How words, concepts and near-duplicates grow with the number of captions: three panels side by side. */
export function captionDiversity({ series }: CaptionDiversityData): Figure {
  const tops = PANELS.map(({ of }) => Math.max(...series.flatMap((one) => of(one)), 1e-9) * 1.05);
  const traces = PANELS.flatMap(({ of }, panel) => series.map((one, at) => line(one, of(one), panel, color(at))));
  const last = PANELS.length - 1;
  const names = endLabels(
    series.map((one, at) => ({
      name: one.name,
      color: color(at),
      height: (PANELS[last].of(one).at(-1) ?? 0) / tops[last],
    })),
    { right: 1, bottom: 0, top: 1, full: HEIGHT - MARGIN.t - MARGIN.b },
    { size: 13 },
  );
  const titles = PANELS.map(({ title }, panel) => ({
    x: panel * (WIDTH + GAP),
    xref: 'paper',
    y: 1.03,
    yref: 'paper',
    text: title,
    showarrow: false,
    xanchor: 'left',
    yanchor: 'bottom',
  }));
  const figure = chart(traces, {
    width: 870,
    height: HEIGHT,
    margin: MARGIN,
    xaxis: { title: { text: 'captions' }, type: 'log', dtick: 1, exponentformat: 'none', separatethousands: true },
    yaxis: { separatethousands: true },
    annotations: [...titles, ...names],
  });
  const [xaxis, yaxis] = [figure.layout.xaxis, figure.layout.yaxis] as [PlotlyObject, PlotlyObject];
  for (const [panel, { unit = '' }] of PANELS.entries()) {
    const left = panel * (WIDTH + GAP);
    figure.layout[`xaxis${suffix(panel)}`] = { ...xaxis, domain: [left, left + WIDTH], anchor: `y${suffix(panel)}` };
    figure.layout[`yaxis${suffix(panel)}`] = {
      ...yaxis,
      anchor: `x${suffix(panel)}`,
      range: [0, tops[panel]],
      ticksuffix: unit,
    };
  }
  return figure;
}

function line({ name, captions }: Series, y: readonly number[], panel: number, color: string): PlotlyObject {
  const axes = { xaxis: `x${suffix(panel)}`, yaxis: `y${suffix(panel)}` };
  return { type: 'scatter', mode: 'lines', x: captions, y, ...axes, name, line: { color, width: 2.2 } };
}

/** Plotly calls its axes x, x2, x3 … */
function suffix(panel: number): string {
  return panel === 0 ? '' : String(panel + 1);
}

function color(at: number): string {
  return COLORS[at % COLORS.length];
}
