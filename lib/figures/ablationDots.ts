import { type Figure, type PlotlyObject, plotlyText } from './figure.js';
import { axisSuffix, type DrawnPoint, intervalBars, seedDots } from './measuredPoints.js';
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
  panels: readonly AblationPanel[];
}

/** CSS pixels */
const SIZE = { panel: 150, room: 30, row: 40, top: 62, bottom: 40, right: 20 };
/** Width of a letter of a row's name. */
const LETTER = 6.9;

/**
 * A table as dots: a row a setting, a column a measure, the paper's values (hollow) and ours (filled, 95 % interval, small
 * dots for seeds) each on their own axis, since only the order can be compared.
 */
export function ablationDots({ rows, panels }: AblationDotsData): Figure {
  const methods = [...new Set(panels.flatMap(({ values }) => Object.keys(values)))];
  const inner = panels.length * SIZE.panel + (panels.length - 1) * SIZE.room;
  const left = (at: number) => (at * (SIZE.panel + SIZE.room)) / inner;
  const margin = 24 + LETTER * Math.max(...rows.map(({ label }) => label.length), methods.length > 1 ? 14 : 0);
  const height = SIZE.row * rows.length * Math.max(1, 0.6 * methods.length);
  const drawn = panels.map((panel, at) => drawPanel(panel, { at, rows, methods, left: left(at) }));
  const names = methods.map((method, at) => ({
    x: 0,
    xref: 'paper',
    xshift: -margin + 10,
    xanchor: 'left',
    y: 1,
    yref: 'paper',
    yshift: 42 - 17 * at,
    yanchor: 'middle',
    text: `<b>${plotlyText(method)}</b>`,
    showarrow: false,
    font: { color: methodColour(method), size: 12 },
  }));
  const figure = chart(
    drawn.flatMap(({ traces }) => traces),
    {
      width: Math.round(margin + inner + SIZE.right),
      height: Math.round(SIZE.top + height + SIZE.bottom),
      margin: { l: Math.round(margin), r: SIZE.right, t: SIZE.top, b: SIZE.bottom },
      yaxis: {
        tickvals: rows.map((_, at) => at),
        ticktext: rows.map(({ label }) => plotlyText(label)),
        range: [rows.length - 0.5, -0.5],
        showgrid: true,
        tickfont: { size: 13 },
      },
      annotations: [...(methods.length > 1 ? names : []), ...drawn.flatMap(({ annotations }) => annotations)],
    },
  );
  const xaxis = figure.layout.xaxis as PlotlyObject;
  for (const [at, { range, empty }] of drawn.entries()) {
    const domain = [left(at), left(at) + SIZE.panel / inner];
    const ticks = { nticks: 4, showticklabels: !empty, tickfont: { size: 11, color: ink.muted } };
    figure.layout[`xaxis${axisSuffix(at)}`] = { ...xaxis, ...ticks, range, domain, anchor: 'y' };
  }
  return figure;
}

function drawPanel(
  { who, quantity, values }: AblationPanel,
  { at, rows, methods, left }: Pick<AblationDotsData, 'rows'> & { at: number; methods: string[]; left: number },
) {
  const xaxis = `x${axisSuffix(at)}`;
  const range = valueRange(Object.values(values).flat());
  const dots = Object.entries(values).flatMap(([method, points]) => {
    const shift = (methods.indexOf(method) - (methods.length - 1) / 2) * (0.72 / methods.length);
    return rows.map(({ method: own }, row) => ({ name: own ?? method, point: points[row] ?? null, y: row + shift }));
  });
  const found = dots.flatMap(({ point, ...dot }) => (point === null ? [] : [{ ...point, ...dot }]));
  const names = [...new Set(found.map(({ name }) => name))];
  const traces = names.flatMap((name) =>
    drawDots(
      found.filter((dot) => dot.name === name),
      { who, name, xaxis },
    ),
  );
  const head = `<b>${who}</b><br>${plotlyText(quantity)}`;
  const above = { xref: 'paper', yref: 'paper', xanchor: 'left', yanchor: 'bottom', align: 'left', yshift: 8 };
  const beside = { xref: xaxis, xanchor: 'left', showarrow: false, bgcolor: '#FFFFFF', borderpad: 0 };
  const annotations: PlotlyObject[] = [{ ...above, x: left, y: 1, text: head, showarrow: false }];
  for (const { point, y } of dots) {
    if (point === null) {
      const text = who === 'paper' ? '–' : 'not run';
      annotations.push({ ...beside, x: range[0], y, xshift: 4, text, font: { size: 11, color: ink.muted } });
    } else {
      const end = Math.max(...extent(point));
      const text = point.value.toFixed(1);
      annotations.push({ ...beside, x: end, y, xshift: 7, text, font: { size: 11, color: ink.text } });
    }
  }
  return { traces, annotations, range, empty: found.length === 0 };
}

/** The dots of one colour, with their seeds and intervals. */
function drawDots(
  dots: readonly (DrawnPoint & { y: number })[],
  { who, name, xaxis }: { who: 'paper' | 'ours'; name: string; xaxis: string },
): PlotlyObject[] {
  const color = methodColour(name);
  const seeds = dots.flatMap(({ seeds = [], y }) => (seeds.length > 1 ? seeds.map((x) => ({ x, y })) : []));
  const error = intervalBars(dots, { color, thickness: 1.3 });
  const trace = {
    type: 'scatter',
    mode: 'markers',
    x: dots.map(({ value }) => value),
    y: dots.map(({ y }) => y),
    xaxis,
    name,
    marker: { color: who === 'paper' ? '#FFFFFF' : color, size: 9, line: { color, width: 2 } },
    cliponaxis: false,
    ...(error && { error_x: error }),
  };
  return [trace, ...seedDots(seeds, { name, color, axes: { xaxis } })];
}

/** From the lowest end to the highest, with room at the right for the number. */
function valueRange(points: readonly (DrawnPoint | null)[]): [number, number] {
  const all = points.flatMap((point) => (point === null ? [] : extent(point)));
  if (all.length === 0) return [0, 1];
  const [low, high] = [Math.min(...all), Math.max(...all)];
  const size = high - low || 1;
  return [low - 0.12 * size, high + 0.42 * size];
}

const extent = ({ value, low = value, high = value, seeds = [] }: DrawnPoint) => [value, low, high, ...seeds];
