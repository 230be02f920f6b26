import { type Figure, type PlotlyObject, plotlyText } from './figure.js';
import { chart, ink, okabeIto } from './theme.js';

export interface OrderPanel {
  /** e.g. `Table 4` */
  title: string;
  quantity: string;
  /** how well the orders agree, in words */
  agreement: string;
  /** rows with both numbers, in percent */
  rows: readonly { label: string; paper: number; ours: number }[];
}

/** CSS pixels */
const SIZE = { panel: 300, columns: 3, row: 24, gap: 70 };
/** Shares of a panel's width: where the paper's and our ends of the lines stand. */
const [PAPER, OURS] = [0.64, 0.84];

/**
 * The paper's order of each table beside ours: a line a row from its rank in the paper to its rank here, the best at the
 * top. Level lines are agreement; a line that moves by more than half a rank is drawn in colour.
 */
export function orderSlopes({ panels }: { panels: readonly OrderPanel[] }): Figure {
  const columns = Math.min(SIZE.columns, panels.length);
  const lines = Array.from({ length: Math.ceil(panels.length / columns) }, (_, line) => {
    const shown = panels.slice(line * columns, (line + 1) * columns);
    return SIZE.gap + SIZE.row * Math.max(...shown.map(({ rows }) => rows.length));
  });
  const [width, height] = [columns * SIZE.panel, lines.reduce((sum, one) => sum + one, 0)];
  const drawn = panels.map((panel, at) => {
    const line = Math.floor(at / columns);
    const above = lines.slice(0, line).reduce((sum, one) => sum + one, 0);
    return drawPanel(panel, { x: (at % columns) * SIZE.panel, y: height - above });
  });
  const axis = { visible: false, showgrid: false, fixedrange: true };
  return chart(
    drawn.flatMap(({ traces }) => traces),
    {
      width: width + 20,
      height: height + 16,
      margin: { l: 10, r: 10, t: 8, b: 8 },
      xaxis: { ...axis, range: [0, width] },
      yaxis: { ...axis, range: [0, height] },
      annotations: drawn.flatMap(({ annotations }) => annotations),
    },
  );
}

function drawPanel({ title, quantity, agreement, rows }: OrderPanel, { x, y }: { x: number; y: number }) {
  const [theirs, ours] = [rows.map(({ paper }) => paper), rows.map((row) => row.ours)].map(placesOf);
  const at = (place: number) => y - SIZE.gap + 8 - SIZE.row * place;
  // Equal numbers share a rank; their names and values stand one below the other.
  const [named, valued] = [slotsOf(theirs), slotsOf(ours)];
  const traces: PlotlyObject[] = rows.map(({ label, paper, ours: value }, row) => {
    const color = Math.abs(theirs[row] - ours[row]) > 0.5 ? okabeIto.vermillion : ink.line;
    return {
      type: 'scatter',
      mode: 'lines+markers',
      x: [x + PAPER * SIZE.panel, x + OURS * SIZE.panel],
      y: [at(theirs[row]), at(ours[row])],
      name: label,
      text: [paper.toFixed(1), value.toFixed(1)],
      line: { color, width: 1.8 },
      marker: { size: 7, color: ['#FFFFFF', color], line: { color, width: 1.8 } },
    };
  });
  const text = (left: number, top: number, words: string, rest: PlotlyObject = {}): PlotlyObject => ({
    x: x + left,
    y: top,
    text: words,
    showarrow: false,
    xanchor: 'left',
    yanchor: 'middle',
    ...rest,
  });
  const small = { font: { size: 11, color: ink.muted } };
  const annotations = [
    text(0, y - 12, `<b>${plotlyText(title)}</b> ${plotlyText(quantity)}`),
    text(0, y - 29, plotlyText(agreement), small),
    text(PAPER * SIZE.panel, y - 46, 'paper', { ...small, xanchor: 'center' }),
    text(OURS * SIZE.panel, y - 46, 'ours', { ...small, xanchor: 'center' }),
    ...rows.map(({ label, paper }, row) => {
      const words = `${plotlyText(label)} <span style="color:${ink.muted}">${paper.toFixed(1)}</span>`;
      const place = { xanchor: 'right', font: { size: 11.5, color: ink.text } };
      return text((PAPER - 0.04) * SIZE.panel, at(named[row]), words, place);
    }),
    ...rows.map(({ ours: value }, row) =>
      text((OURS + 0.03) * SIZE.panel, at(valued[row]), value.toFixed(1), { font: { size: 11, color: ink.muted } }),
    ),
  ];
  return { traces, annotations };
}

/** Places 0, 1, 2 … from the largest value down; equal values share the mean of theirs. */
function placesOf(values: readonly number[]): number[] {
  return values.map((value) => {
    const above = values.filter((other) => other > value).length;
    const equal = values.filter((other) => other === value).length;
    return above + (equal - 1) / 2;
  });
}

/** Distinct places in the same order. */
function slotsOf(places: readonly number[]): number[] {
  const order = places.map((_, at) => at).sort((a, b) => places[a] - places[b]);
  return places.map((_, at) => order.indexOf(at));
}
