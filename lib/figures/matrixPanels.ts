import { type Figure, type PlotlyObject, plotlyText } from './figure.js';
import { axisSuffix } from './measuredPoints.js';
import { chart, ink } from './theme.js';

export interface MatrixPanel {
  title: string;
  /** rows from the top */
  values: readonly (readonly (number | null)[])[];
  /** The value of the darkest colour; the largest there is by default. Negative values are drawn in the other colour. */
  largest?: number;
  /** decimals of the numbers written into the cells; none are written by default */
  decimals?: number;
  /** White lines between blocks of so many rows and columns. */
  block?: number;
  rows?: readonly string[];
  columns?: readonly string[];
  /** below the matrix; lines are broken at \n */
  note?: string;
}

interface MatrixOptions {
  /** CSS pixels a cell */
  cell?: number;
  /** panels a row */
  across?: number;
}

/** CSS pixels around a matrix. */
const SIZE = { left: 12, label: 58, gap: 26, top: 34, heads: 20, note: 17 };

/** From light blue over white to light orange, on which black numbers can be read; null is grey. */
const scale = [
  [0, '#5BA3D0'],
  [0.5, '#FFFFFF'],
  [1, '#EC8A4F'],
];

/** Matrices as heat maps beside each other, with their numbers where there are few. */
export function matrixPanels(panels: readonly MatrixPanel[], { cell = 18, across = 4 }: MatrixOptions = {}): Figure {
  const columns = Math.min(across, panels.length);
  const sizes = panels.map(({ values, rows, columns: heads, note }) => ({
    before: SIZE.left + (rows ? SIZE.label : 0),
    above: SIZE.top + (heads ? SIZE.heads : 0),
    width: values[0].length * cell,
    height: values.length * cell,
    below: note ? note.split('\n').length * SIZE.note + 6 : 0,
  }));
  const lines: (typeof sizes)[] = [];
  for (let first = 0; first < sizes.length; first += columns) lines.push(sizes.slice(first, first + columns));
  const width = Math.max(...lines.map((line) => line.reduce((sum, s) => sum + s.before + s.width + SIZE.gap, 0)));
  const depths = lines.map((line) => Math.max(...line.map((s) => s.above + s.height + s.below + 12)));
  const height = depths.reduce((a, b) => a + b, 0);
  const figure = chart([], {
    width,
    height,
    margin: { l: 0, r: 0, t: 0, b: 0 },
    annotations: [],
    shapes: [],
    plot_bgcolor: ink.grid,
  });
  const notes: PlotlyObject[] = [];
  let top = 0;
  for (const [line, members] of lines.entries()) {
    let left = 0;
    for (const [i, size] of members.entries()) {
      const at = line * columns + i;
      const [x, y] = [left + size.before, top + size.above];
      const domain = (from: number, length: number, whole: number) => [from / whole, (from + length) / whole];
      const [bottom, up] = domain(y, size.height, height);
      drawMatrix(figure, panels[at], at, { x: domain(x, size.width, width), y: [1 - up, 1 - bottom] });
      const paper = { xref: 'paper', yref: 'paper', showarrow: false, align: 'left', xanchor: 'left', x: x / width };
      const words = (text: string) => plotlyText(text).replaceAll('\n', '<br>');
      notes.push({ ...paper, y: 1 - (top + 4) / height, yanchor: 'top', text: `<b>${words(panels[at].title)}</b>` });
      const { note } = panels[at];
      const muted = { font: { size: 12, color: ink.muted } };
      if (note) notes.push({ ...paper, ...muted, y: 1 - up, yshift: -4, yanchor: 'top', text: words(note) });
      left = x + size.width + SIZE.gap;
    }
    top += depths[line];
  }
  figure.layout.annotations = notes;
  return figure;
}

function drawMatrix(figure: Figure, panel: MatrixPanel, at: number, domain: { x: number[]; y: number[] }): void {
  const { values, decimals, block, rows, columns } = panel;
  const [height, width] = [values.length, values[0].length];
  const all = values.flat().flatMap((value) => (value === null ? [] : [Math.abs(value)]));
  const largest = panel.largest ?? (Math.max(...all) || 1);
  const suffix = axisSuffix(at);
  const axes = { xaxis: `x${suffix}`, yaxis: `y${suffix}` };
  const written = (value: number | null) => (value === null ? '–' : value.toFixed(decimals).replace('-', '−'));
  figure.data.push({
    type: 'heatmap',
    z: values,
    ...axes,
    zmin: -largest,
    zmax: largest,
    colorscale: scale,
    showscale: false,
    hoverongaps: false,
    xgap: 1,
    ygap: 1,
    ...(decimals !== undefined && {
      text: values.map((row) => row.map(written)),
      texttemplate: '%{text}',
      textfont: { size: 11, color: ink.text },
    }),
  });
  const hidden = { showgrid: false, zeroline: false, showline: false, ticks: '', fixedrange: true };
  const labels = (texts: readonly string[] | undefined) =>
    texts
      ? { tickvals: texts.map((_, i) => i), ticktext: texts.map(plotlyText), tickfont: { size: 11, color: ink.text } }
      : { showticklabels: false };
  Object.assign(figure.layout, {
    [`xaxis${suffix}`]: {
      ...hidden,
      ...labels(columns),
      side: 'top',
      range: [-0.5, width - 0.5],
      domain: domain.x,
      anchor: `y${suffix}`,
    },
    [`yaxis${suffix}`]: {
      ...hidden,
      ...labels(rows),
      range: [height - 0.5, -0.5],
      domain: domain.y,
      anchor: `x${suffix}`,
    },
  });
  const shapes = figure.layout.shapes as PlotlyObject[];
  const pen = { line: { color: ink.line, width: 1 }, xref: axes.xaxis, yref: axes.yaxis, layer: 'above' };
  shapes.push({ type: 'rect', ...pen, x0: -0.5, x1: width - 0.5, y0: -0.5, y1: height - 0.5 });
  for (let k = block ?? Infinity; k < Math.max(width, height); k += block!) {
    if (k < width) shapes.push({ type: 'line', ...pen, x0: k - 0.5, x1: k - 0.5, y0: -0.5, y1: height - 0.5 });
    if (k < height) shapes.push({ type: 'line', ...pen, x0: -0.5, x1: width - 0.5, y0: k - 0.5, y1: k - 0.5 });
  }
}
