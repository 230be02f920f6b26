import type { Measured } from '../runs/measured.js';
import { textWidth, wrapText } from './diagram.js';
import { type Figure, type PlotlyObject, plotlyText } from './figure.js';
import { intervalBars } from './measuredPoints.js';
import { chart, ink, okabeIto } from './theme.js';

/** A claim that was judged, by the one of its comparisons that decides it. */
export interface ForestClaim {
  readonly says: string;
  /** what it was asked of, e.g. `real scenes` */
  readonly of: string;
  readonly verdict: 'yes' | 'no' | 'undecided' | 'not run';
  /** difference in points, with its 95 % interval; missing where it was not run */
  readonly ours?: Measured;
  /** the paper's difference, where it prints both numbers */
  readonly paper?: number;
  /** the difference should lie within ± so many points, instead of above zero */
  readonly within?: number;
}

export interface ForestGroup {
  /** e.g. `Table 4` */
  readonly title: string;
  readonly claims: readonly ForestClaim[];
}

/** CSS pixels */
const SIZE = { row: 15, line: 16, head: 21, words: 430, plot: 330, verdict: 74, top: 34, bottom: 44 };

const COLOURS: Record<ForestClaim['verdict'], string> = {
  yes: okabeIto.green,
  no: okabeIto.vermillion,
  undecided: ink.line,
  'not run': ink.line,
};

/**
 * The claims of a paper as a forest plot: a line a claim, our difference with its interval, the paper's as a hollow diamond.
 * Right of the line at zero the paper is borne out; a claim that there is no difference has a grey band instead.
 */
export function claimForest(groups: readonly ForestGroup[]): Figure {
  const rows: { claim: ForestClaim; y: number }[] = [];
  const heads: { title: string; y: number }[] = [];
  let y = 0;
  for (const { title, claims } of groups) {
    heads.push({ title, y: y + SIZE.head - 8 });
    y += SIZE.head;
    for (const claim of claims) {
      const tall = SIZE.row + (linesOf(claim).length - 1) * SIZE.line;
      rows.push({ claim, y: y + tall / 2 });
      y += tall;
    }
  }
  const height = y;
  const ends = rows.flatMap(({ claim: { ours, paper } }) => [ours?.low ?? 0, ours?.high ?? 0, paper ?? 0]);
  const edge = Math.max(20, ...ends.map(Math.abs)) + 1;
  const verdicts = (['yes', 'no', 'undecided'] as const).map((verdict) =>
    rows.filter((row) => row.claim.verdict === verdict),
  );
  const left = { xref: 'paper', xanchor: 'left', showarrow: false } as const;
  return chart([...verdicts.flatMap(drawOurs), ...drawPaper(rows)], {
    width: SIZE.words + SIZE.plot + SIZE.verdict,
    height: SIZE.top + height + SIZE.bottom,
    margin: { l: SIZE.words, r: SIZE.verdict, t: SIZE.top, b: SIZE.bottom },
    xaxis: {
      range: [-edge, edge],
      dtick: 10,
      title: {
        text: `difference in points: dots ours, with 95 % intervals${rows.some(({ claim }) => claim.paper !== undefined) ? '; diamonds the paper’s' : ''}`,
        font: { size: 12, color: ink.muted },
        standoff: 8,
      },
    },
    yaxis: { range: [height, 0], showgrid: false, showticklabels: false, visible: false },
    shapes: [
      ...rows.flatMap(({ claim: { within }, y }) =>
        within === undefined
          ? []
          : [
              {
                type: 'rect',
                x0: -within,
                x1: within,
                y0: y - SIZE.row / 2 + 2,
                y1: y + SIZE.row / 2 - 2,
                fillcolor: ink.grid,
                line: { width: 0 },
                layer: 'below',
              },
            ],
      ),
      { type: 'line', x0: 0, x1: 0, y0: 0, y1: height, line: { color: ink.line, width: 1 }, layer: 'below' },
    ],
    annotations: [
      {
        ...left,
        x: 0.5,
        xanchor: 'right',
        xshift: -8,
        y: 0,
        yanchor: 'bottom',
        text: 'not as in the paper',
        font: { size: 11, color: ink.muted },
      },
      {
        ...left,
        x: 0.5,
        xshift: 8,
        y: 0,
        yanchor: 'bottom',
        text: 'as in the paper',
        font: { size: 11, color: ink.muted },
      },
      ...heads.map(({ title, y: at }) => ({
        ...left,
        x: 0,
        xshift: -SIZE.words + 6,
        y: at,
        text: `<b>${plotlyText(title)}</b>`,
      })),
      ...rows.flatMap(({ claim, y: at }) => words(claim, at)),
    ],
  });
}

function words(claim: ForestClaim, y: number): PlotlyObject[] {
  const { of, verdict } = claim;
  const place = { xref: 'paper', xanchor: 'left', align: 'left', yanchor: 'middle', showarrow: false, y };
  const small = { size: 11, color: ink.text };
  const lines = linesOf(claim).map((line) => plotlyText(line));
  const text = `${lines.join('<br>')} <span style="color:${ink.muted}">${plotlyText(of)}</span>`;
  const colour = verdict === 'undecided' || verdict === 'not run' ? ink.muted : COLOURS[verdict];
  return [
    { ...place, x: 0, xshift: -SIZE.words + 14, text, font: small },
    { ...place, x: 1, xshift: 8, text: `<b>${verdict}</b>`, font: { ...small, color: colour } },
  ];
}

/** A claim's lines: one where it fits beside what it was asked of, else as few as hold it. */
function linesOf({ says, of }: ForestClaim): string[] {
  const width = SIZE.words - 22;
  const all = textWidth(`${says} ${of}`, 11);
  if (all <= width) return [says];
  return wrapText(says, { width: all / Math.ceil(all / width) + 30, size: 11 }).split('\n');
}

/** Our differences of one verdict. */
function drawOurs(rows: readonly { claim: ForestClaim; y: number }[]): PlotlyObject[] {
  const drawn = rows.flatMap(({ claim: { ours, verdict }, y }) => (ours ? [{ ...ours, verdict, y }] : []));
  if (drawn.length === 0) return [];
  const color = COLOURS[drawn[0].verdict];
  return [
    {
      type: 'scatter',
      mode: 'markers',
      name: `ours, ${drawn[0].verdict}`,
      meta: { who: 'ours', values: 'differences' },
      x: drawn.map(({ value }) => value),
      y: drawn.map(({ y }) => y),
      marker: { color, size: 7.5 },
      error_x: intervalBars(drawn, { color, thickness: 1.6, width: 0 }),
    },
  ];
}

function drawPaper(rows: readonly { claim: ForestClaim; y: number }[]): PlotlyObject[] {
  const drawn = rows.flatMap(({ claim: { paper }, y }) => (paper === undefined ? [] : [{ paper, y }]));
  if (drawn.length === 0) return [];
  return [
    {
      type: 'scatter',
      mode: 'markers',
      name: 'paper',
      meta: { who: 'paper', values: 'differences' },
      x: drawn.map(({ paper }) => paper),
      y: drawn.map(({ y }) => y),
      marker: { symbol: 'diamond', color: '#FFFFFF', size: 7, line: { color: ink.text, width: 1.2 } },
    },
  ];
}
