import { arrow, box, circle, diagram, type Part, path, picture, text } from './diagram.js';
import type { Figure } from './figure.js';
import { ink, methodColour } from './theme.js';

/** Where training data comes from: a collection of real data, or a generative model. */
export interface OverviewInput {
  kind: 'data' | 'model';
  label: string;
  /** examples, drawn small over a collection of images (data URIs) */
  images?: string[];
}

export interface OverviewData {
  rows: {
    title: string;
    inputs: [OverviewInput, OverviewInput];
    /** decides the colour, see theme.ts */
    method: string;
    learner: string;
    /** accuracy in percent; null where there is none */
    paper: number | null;
    ours: number | null;
  }[];
  paperLabel: string;
  oursLabel: string;
}

/** A cylinder, as collections of data are drawn. */
function cylinder(x: number, y: number, w: number, h: number, { fill, line }: { fill: string; line: string }): Part[] {
  const lid = 7;
  const [right, top, bottom] = [x + w, y + lid, y + h - lid];
  return [
    path(
      `M${x},${top} C${x},${y - 2} ${right},${y - 2} ${right},${top} L${right},${bottom} C${right},${y + h + 2} ${x},${y + h + 2} ${x},${bottom} Z`,
      { fill, line },
    ),
    path(`M${x},${top} C${x},${top + 9} ${right},${top + 9} ${right},${top}`, { line }),
  ];
}

/** A small neural network, as models are drawn: layers of 3, 4 and 3 nodes. */
function network(x: number, y: number, w: number, h: number, color: string): Part[] {
  const layers = [3, 4, 3].map((count, layer) =>
    Array.from({ length: count }, (_, at): [number, number] => [
      x + 8 + (layer * (w - 16)) / 2,
      y + ((at + 0.5) * h) / count,
    ]),
  );
  const links = layers
    .slice(1)
    .flatMap((nodes, layer) =>
      layers[layer].flatMap(([x0, y0]) =>
        nodes.map(([x1, y1]) => path(`M${x0},${y0} L${x1},${y1}`, { line: '#BDBDBD', width: 0.7 })),
      ),
    );
  return [
    ...links,
    ...layers.flat().map(([nx, ny]) => circle(nx, ny, 4.2, { fill: color, line: '#FFFFFF', width: 0.8 })),
  ];
}

function drawInput({ kind, label, images = [] }: OverviewInput, x: number, y: number, color: string): Part[] {
  const [w, h] = [76, 56];
  const name = text(x + w / 2, y + h + 11, label, { align: 'center', size: 11.5, color: ink.muted });
  if (kind === 'model') return [...network(x, y, w, h, color), name];
  const size = 20;
  const start = x + (w - images.length * (size + 2) + 2) / 2;
  const thumbnails = images.map((source, at) => picture(start + at * (size + 2), y + 24, size, size, source));
  // Pictures lie below shapes, so a cylinder that holds some is not filled.
  const fill = images.length > 0 ? 'rgba(0,0,0,0)' : ink.fill;
  const lines =
    images.length > 0
      ? []
      : [0, 1, 2].map((at) =>
          path(`M${x + 16},${y + 26 + at * 8} L${x + (at === 2 ? 44 : 60)},${y + 26 + at * 8}`, {
            line: '#BDBDBD',
            width: 2,
          }),
        );
  return [...cylinder(x, y, w, h, { fill, line: ink.line }), ...thumbnails, ...lines, name];
}

const percent = (value: number | null) => (value === null ? '–' : value.toFixed(1));

/**
 * Figure 1 of the paper: three ways to learn a visual representation f, by how much of the training data comes from
 * models, and the accuracy of a linear classifier on f: the paper's beside ours.
 */
export function figure1Overview({ rows, paperLabel, oursLabel }: OverviewData): Figure {
  const width = 760;
  const rowHeight = 104;
  const top = 44;
  const column = { first: 138, second: 240, learner: 356, f: 516, paper: 616, ours: 704 };
  const parts: Part[] = [
    text(column.paper, 20, paperLabel, { align: 'center', size: 12, color: ink.muted }),
    text(column.ours, 20, oursLabel, { align: 'center', size: 12, color: ink.muted }),
  ];
  for (const [index, { title, inputs, method, learner, paper, ours }] of rows.entries()) {
    const y = top + index * rowHeight;
    const middle = y + 40;
    const color = methodColour(method);
    if (index > 0) parts.push(path(`M12,${y - 5} L${width - 12},${y - 5}`, { line: ink.grid, width: 1 }));
    parts.push(text(14, middle, title.replace(' from ', '\nfrom '), { bold: true, size: 14 }));
    parts.push(
      ...drawInput(inputs[0], column.first, y + 6, color),
      ...drawInput(inputs[1], column.second, y + 6, color),
    );
    parts.push(arrow([column.second + 82, middle], [column.learner - 4, middle]));
    parts.push(box(column.learner, middle - 27, 106, 54, { fill: ink.fill, line: ink.line, radius: 8 }));
    parts.push(text(column.learner + 53, middle - 12, 'learner', { align: 'center', size: 11.5, color: ink.muted }));
    parts.push(text(column.learner + 53, middle + 9, learner, { align: 'center', bold: true, color, size: 14 }));
    parts.push(arrow([column.learner + 108, middle], [column.f - 17, middle]));
    parts.push(circle(column.f, middle, 15, { fill: color, line: color }));
    parts.push(
      text(column.f, middle - 1, 'f', { align: 'center', italic: true, bold: true, color: '#FFFFFF', size: 16 }),
    );
    parts.push(
      path(`M${column.f + 18},${middle} L${column.paper - 34},${middle}`, { line: ink.line, dash: 'dot', width: 1.5 }),
    );
    parts.push(text(column.paper, middle, percent(paper), { align: 'center', size: 19, color: ink.text }));
    parts.push(text(column.ours, middle, percent(ours), { align: 'center', size: 19, bold: true, color }));
  }
  return diagram({ width, height: top + rows.length * rowHeight }, parts);
}
