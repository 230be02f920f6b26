import { type Figure, type PlotlyObject, plotlyText } from './figure.js';
import { axisSuffix, type DrawnPoint, intervalBars } from './measuredPoints.js';
import { chart, ink, methodColour } from './theme.js';

export interface AblationPanel {
  /** `paper` or `ours` */
  who: 'paper' | 'ours';
  quantity: string;
  /** one list, or one a method, each with a value a row; null: the paper prints none, or ours was not run */
  values: Readonly<Record<string, readonly (DrawnPoint | null)[]>>;
}

export interface AblationDotsData {
  /** one setting each, from the top; with a method, its dots have that method's colour */
  rows: readonly { label: string; method?: string }[];
  /** A measure's panel of the paper, where it has one, stands before ours. */
  panels: readonly AblationPanel[];
}

/** CSS pixels */
const SIZE = { panel: 176, room: 44, row: 25, head: 50, between: 74, bottom: 74, right: 44 };
/** Width of a letter of a row's name. */
const LETTER = 6.7;
/** Width of the key below the panels. */
const KEY = 310;

/**
 * A table as dots: a row a setting, a column a measure. The paper's values (hollow) stand above ours (filled, with the 95 %
 * interval, and a stroke a seed below it), each on an axis of its own, since only the order can be compared.
 */
export function ablationDots({ rows, panels }: AblationDotsData): Figure {
  const methods = [...new Set(panels.flatMap(({ values }) => Object.keys(values)))];
  const columns = columnsOf(panels);
  const lines = (['paper', 'ours'] as const).filter((who) => panels.some((panel) => panel.who === who));
  const inner = columns.length * SIZE.panel + (columns.length - 1) * SIZE.room;
  const band = SIZE.row * rows.length * Math.max(1, 0.72 * methods.length);
  const height = lines.length * band + (lines.length - 1) * SIZE.between;
  const key = methods.length > 1 ? 20 : 0;
  const margin = Math.round(20 + LETTER * Math.max(...rows.map(({ label }) => label.length)));
  const places = panels.map((panel) => {
    const left = (columns.findIndex((column) => column.includes(panel)) * (SIZE.panel + SIZE.room)) / inner;
    const top = 1 - (lines.indexOf(panel.who) * (band + SIZE.between)) / height;
    return { x: [left, left + SIZE.panel / inner], y: [top - band / height, top] } as const;
  });
  const drawn = panels.map((panel, at) => drawPanel(panel, { at, rows, methods, place: places[at] }));
  const words = { xref: 'paper', yref: 'paper', xanchor: 'left', showarrow: false } as const;
  const right = Math.max(SIZE.right, KEY - inner);
  const figure = chart(
    drawn.flatMap(({ traces }) => traces),
    {
      width: margin + inner + right,
      height: Math.round(SIZE.head + key + height + SIZE.bottom),
      margin: { l: margin, r: right, t: SIZE.head + key, b: SIZE.bottom },
      annotations: [
        ...drawn.flatMap(({ annotations }) => annotations),
        ...(methods.length > 1
          ? [{ ...words, x: 0, y: 1, yshift: 46, yanchor: 'bottom', text: methods.map(inColour).join('   ') }]
          : []),
        {
          ...words,
          x: 0,
          y: 0,
          yshift: -34,
          yanchor: 'top',
          align: 'left',
          text: keyOf(lines),
          font: { size: 11, color: ink.muted },
        },
      ],
    },
  );
  const [xaxis, yaxis] = [figure.layout.xaxis, figure.layout.yaxis] as [PlotlyObject, PlotlyObject];
  for (const [at, { range, empty }] of drawn.entries()) {
    const suffix = axisSuffix(at);
    const ticks = { nticks: 4, showticklabels: !empty, tickfont: { size: 11, color: ink.muted } };
    figure.layout[`xaxis${suffix}`] = { ...xaxis, ...ticks, range, domain: places[at].x, anchor: `y${suffix}` };
    figure.layout[`yaxis${suffix}`] = {
      ...yaxis,
      tickvals: rows.map((_, row) => row),
      ticktext: rows.map(({ label }) => plotlyText(label)),
      range: [rows.length - 0.5, -0.5],
      showgrid: true,
      tickfont: { size: 12.5 },
      domain: places[at].y,
      anchor: `x${suffix}`,
      showticklabels: places[at].x[0] === 0,
    };
  }
  return figure;
}

/** Panels of one measure, one below the other. */
function columnsOf(panels: readonly AblationPanel[]): AblationPanel[][] {
  const columns: AblationPanel[][] = [];
  for (const panel of panels) {
    const last = columns[columns.length - 1];
    if (panel.who === 'ours' && last?.length === 1 && last[0].who === 'paper') last.push(panel);
    else columns.push([panel]);
  }
  return columns;
}

const inColour = (method: string) => `<b><span style="color:${methodColour(method)}">${plotlyText(method)}</span></b>`;

const keyOf = (lines: readonly string[]) =>
  `${lines.includes('paper') ? 'hollow: the paper’s value · ' : ''}filled: ours, with its 95 % interval<br>strokes below: the seeds, where there are several`;

interface Place {
  readonly x: readonly [number, number];
  readonly y: readonly [number, number];
}

function drawPanel(
  { who, quantity, values }: AblationPanel,
  { at, rows, methods, place }: Pick<AblationDotsData, 'rows'> & { at: number; methods: string[]; place: Place },
) {
  const axes = { xaxis: `x${axisSuffix(at)}`, yaxis: `y${axisSuffix(at)}` };
  const range = valueRange(Object.values(values).flat());
  const dots = Object.entries(values).flatMap(([method, points]) => {
    const shift = (methods.indexOf(method) - (methods.length - 1) / 2) * (0.72 / methods.length);
    return rows.map(({ method: own }, row) => ({ name: own ?? method, point: points[row] ?? null, y: row + shift }));
  });
  const found = dots.flatMap(({ point, ...dot }) => (point === null ? [] : [{ ...point, ...dot }]));
  const below = 0.27 / Math.max(1, 0.72 * methods.length);
  const traces = [...new Set(found.map(({ name }) => name))].flatMap((name) =>
    drawDots(
      found.filter((dot) => dot.name === name),
      { who, name, axes, below },
    ),
  );
  const words = { showarrow: false, xanchor: 'left' } as const;
  const head = { ...words, xref: 'paper', yref: 'paper', yanchor: 'bottom', align: 'left', yshift: 6 };
  const beside = { ...words, xref: axes.xaxis, yref: axes.yaxis, bgcolor: '#FFFFFF', borderpad: 0 };
  const small = (color: string) => ({ font: { size: 11, color } });
  const annotations: PlotlyObject[] = [
    { ...head, x: place.x[0], y: place.y[1], text: `<b>${who}</b><br>${plotlyText(quantity)}` },
    ...dots.map(({ point, y }) =>
      point === null
        ? { ...beside, ...small(ink.muted), x: range[0], y, xshift: 4, text: who === 'paper' ? '–' : 'not run' }
        : { ...beside, ...small(ink.text), x: Math.max(...extent(point)), y, xshift: 7, text: point.value.toFixed(1) },
    ),
  ];
  return { traces, annotations, range, empty: found.length === 0 };
}

/** The dots of one colour, with their intervals, and a stroke a seed below them. */
function drawDots(
  dots: readonly (DrawnPoint & { y: number })[],
  {
    who,
    name,
    axes,
    below,
  }: { who: 'paper' | 'ours'; name: string; axes: { xaxis: string; yaxis: string }; below: number },
): PlotlyObject[] {
  const color = methodColour(name);
  const strokes = dots.flatMap(({ seeds = [], y }) =>
    seeds.length > 1 ? seeds.map((x) => ({ x, y: y + below })) : [],
  );
  const error = intervalBars(dots, { color, thickness: 1.5 });
  const common = { type: 'scatter', mode: 'markers', ...axes, meta: { who, values: 'x' }, cliponaxis: false };
  return [
    {
      ...common,
      x: dots.map(({ value }) => value),
      y: dots.map(({ y }) => y),
      name,
      marker: { color: who === 'paper' ? '#FFFFFF' : color, size: 8, line: { color, width: 2 } },
      ...(error && { error_x: error }),
    },
    ...(strokes.length > 0
      ? [
          {
            ...common,
            x: strokes.map(({ x }) => x),
            y: strokes.map(({ y }) => y),
            name: `${name}, each seed`,
            marker: { symbol: 'line-ns-open', color, size: 5, line: { color, width: 1.2 } },
          },
        ]
      : []),
  ];
}

/** From the lowest end to the highest, with room at the right for the number. */
function valueRange(points: readonly (DrawnPoint | null)[]): [number, number] {
  const all = points.flatMap((point) => (point === null ? [] : extent(point)));
  if (all.length === 0) return [0, 1];
  const [low, high] = [Math.min(...all), Math.max(...all)];
  const size = high - low || 1;
  return [low - 0.1 * size, high + 0.3 * size];
}

const extent = ({ value, low = value, high = value, seeds = [] }: DrawnPoint) => [value, low, high, ...seeds];
