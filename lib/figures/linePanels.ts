import { endLabels, type PanelPlace } from './endLabels.js';
import { type Figure, type PlotlyObject, plotlyText } from './figure.js';
import { axisSuffix, type DrawnPoint, intervalBars, seedDots } from './measuredPoints.js';
import { chart, ink } from './theme.js';

export interface PanelLine {
  /** drawn where the line ends; lines of one name in a panel are drawn without a name after the first */
  name: string;
  color: string;
  /** Plotly's name of the marker */
  symbol?: string;
  points: readonly (DrawnPoint & { x: number })[];
  /** false: nothing is drawn between the points, where nobody says what is there */
  joined?: boolean;
}

export interface LinePanel {
  /** who and what, e.g. `paper` and `ImageNet, linear (%)` */
  title: string;
  quantity: string;
  /** of the horizontal axis */
  axis: string;
  ticks: readonly { x: number; text: string }[];
  /** the horizontal axis is logarithmic */
  log?: boolean;
  lines: readonly PanelLine[];
  /** The vertical axis covers at least so much, so that next to nothing does not look like much. */
  span?: number;
  /** The vertical axis begins at zero, where a value is read against nothing. */
  fromZero?: boolean;
  /** below the panel: what is not drawn, and why; lines are broken at \n */
  note?: string;
}

/** CSS pixels. The room right of a panel holds its lines' names and the next panel's numbers. */
const SIZE = { columns: 2, width: 250, height: 214, room: 130, left: 52, top: 62, axis: 54, note: 16 };
/** Share of the vertical axis left free above and below. */
const PAD = 0.08;

/**
 * Panels, two a row, each a few lines with 95 % intervals and the seeds over them as small dots.
 * @param options CSS pixels: a panel's width, and the room right of it
 */
export function linePanels(panels: readonly LinePanel[], { width: side = SIZE.width, room = SIZE.room } = {}): Figure {
  const columns = Math.min(SIZE.columns, panels.length);
  const rows = Math.ceil(panels.length / columns);
  const below = SIZE.axis + SIZE.note * Math.max(...panels.map(({ note }) => (note ? note.split('\n').length : 0)));
  const width = columns * side + (columns - 1) * room;
  const height = rows * SIZE.height + (rows - 1) * (SIZE.top + below);
  const places = panels.map((_, at) => {
    const left = ((at % columns) * (side + room)) / width;
    const top = 1 - (Math.floor(at / columns) * (SIZE.height + SIZE.top + below)) / height;
    return { left, right: left + side / width, bottom: top - SIZE.height / height, top, full: height };
  });
  const figure = chart(
    panels.flatMap((panel, at) => panel.lines.flatMap((line) => drawLine(line, at))),
    {
      width: SIZE.left + width + room,
      height: SIZE.top + height + below,
      margin: { l: SIZE.left, r: room, t: SIZE.top, b: below },
      annotations: panels.flatMap((panel, at) => annotate(panel, places[at])),
    },
  );
  const [xaxis, yaxis] = [figure.layout.xaxis, figure.layout.yaxis] as [PlotlyObject, PlotlyObject];
  for (const [at, panel] of panels.entries()) {
    const { axis, ticks, log = false, lines } = panel;
    const { left, right, bottom, top } = places[at];
    const scaled = log ? Math.log10 : (x: number) => x;
    const all = [...ticks.map(({ x }) => x), ...lines.flatMap(({ points }) => points.map(({ x }) => x))].map(scaled);
    const [least, most] = all.length > 0 ? [Math.min(...all), Math.max(...all)] : [0, 1];
    const pad = (most - least || 1) * 0.06;
    figure.layout[`xaxis${axisSuffix(at)}`] = {
      ...xaxis,
      type: log ? 'log' : 'linear',
      title: { ...(xaxis.title as PlotlyObject), text: axis, standoff: 8 },
      tickvals: ticks.map(({ x }) => x),
      ticktext: ticks.map(({ text }) => text),
      range: [least - pad, most + pad],
      domain: [left, right],
      anchor: `y${axisSuffix(at)}`,
    };
    figure.layout[`yaxis${axisSuffix(at)}`] = {
      ...yaxis,
      range: valueRange(panel),
      nticks: 6,
      domain: [bottom, top],
      anchor: `x${axisSuffix(at)}`,
      showticklabels: lines.some(({ points }) => points.length > 0),
    };
  }
  return figure;
}

function drawLine({ name, color, symbol = 'circle', points, joined = true }: PanelLine, at: number): PlotlyObject[] {
  const axes = { xaxis: `x${axisSuffix(at)}`, yaxis: `y${axisSuffix(at)}` };
  const sorted = [...points].sort((a, b) => a.x - b.x);
  const seeds = sorted.flatMap(({ x, seeds = [] }) => (seeds.length > 1 ? seeds.map((y) => ({ x, y })) : []));
  const error = intervalBars(sorted, { color, thickness: 1.2 });
  const line = {
    type: 'scatter',
    mode: joined ? 'lines+markers' : 'markers',
    x: sorted.map(({ x }) => x),
    y: sorted.map(({ value }) => value),
    ...axes,
    name,
    line: { color, width: 2.2 },
    marker: { color, symbol, size: 8, line: { color, width: 1.8 } },
    ...(error && { error_y: error }),
  };
  return [line, ...seedDots(seeds, { name, color, axes })];
}

function annotate(panel: LinePanel, place: PanelPlace & { left: number }): PlotlyObject[] {
  const { title, quantity, lines, note } = panel;
  const [low, high] = valueRange(panel);
  const drawn = lines.filter(({ points }) => points.length > 0);
  const last = ({ points }: PanelLine) => points.reduce((a, b) => (b.x > a.x ? b : a)).value;
  const { left, bottom, top } = place;
  const paper = { xref: 'paper', yref: 'paper', showarrow: false, xanchor: 'left', align: 'left' };
  const head = `<b>${plotlyText(title)}</b><br>${plotlyText(quantity)}`;
  const muted = { font: { size: 11, color: ink.muted } };
  const words = endLabels(
    drawn.map((line) => ({ name: line.name, color: line.color, height: (last(line) - low) / (high - low) })),
    place,
  );
  words.unshift({ ...paper, x: left, y: top, yshift: 8, yanchor: 'bottom', text: head });
  if (drawn.length === 0) {
    words.push({ ...paper, ...muted, x: left, xshift: 8, y: (bottom + top) / 2, yanchor: 'middle', text: 'not run' });
  }
  if (note) {
    const text = plotlyText(note).replaceAll('\n', '<br>');
    words.push({ ...paper, ...muted, x: left, y: bottom, yshift: 4 - SIZE.axis, yanchor: 'top', text });
  }
  return words;
}

function valueRange({ lines, span = 0, fromZero = false }: LinePanel): [number, number] {
  const all = lines.flatMap(({ points }) =>
    points.flatMap(({ value, low = value, high = value, seeds = [] }) => [value, low, high, ...seeds]),
  );
  if (all.length === 0) return [0, 1];
  const [low, high] = [Math.min(...all), Math.max(...all)];
  if (fromZero && low >= 0) return [0, Math.max(high, span) * (1 + PAD) || 1];
  const size = Math.max(high - low, span) || 1;
  const middle = (low + high) / 2;
  return [middle - (0.5 + PAD) * size, middle + (0.5 + PAD) * size];
}
