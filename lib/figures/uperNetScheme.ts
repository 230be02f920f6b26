import { arrow, box, circle, diagram, type Part, path, text } from './diagram.js';
import type { Figure } from './figure.js';
import { ink, okabeIto } from './theme.js';

export interface UperNetSchemeData {
  /** side of a picture in pixels */
  size: number;
  depth: number;
  /** of the encoder's tokens */
  width: number;
  /** the four blocks whose tokens are read, counted from 1 */
  blocks: readonly number[];
  /** sides of the ViT's own grid, and of the four that are made of it, the finest first */
  grid: number;
  sides: readonly number[];
  channels: number;
  /** regions a side, of the averages over the coarsest grid */
  poolScales: readonly number[];
  classes: number;
}

const ROWS = [84, 176, 268, 360];
const TOP = 50;

/** UperNet on a ViT: four grids from four depths, averages over large regions, coarse added to fine, all joined for the pixels. */
export function uperNetScheme(data: UperNetSchemeData): Figure {
  const { size, depth, width, blocks, grid, sides, channels, poolScales, classes } = data;
  const parts: Part[] = [];
  const shape = (...sizes: number[]) => `[${sizes.join(', ')}]`;
  const small = (x: number, y: number, words: string, color: string = ink.text) =>
    parts.push(text(x, y, words, { align: 'center', size: 11, color }));
  const node = (x: number, y: number, w: number, words: string, color: string = okabeIto.vermillion) =>
    parts.push(
      box(x, y - 18, w, 36, { line: color, width: 1.8, fill: '#FFFFFF' }),
      text(x + w / 2, y, words, { align: 'center', size: 12, bold: true, color }),
    );
  const flow = (from: number, to: number, y: number) => parts.push(arrow([from, y], [to, y], { color: ink.text }));

  // The encoder, block by block from top to bottom.
  const slab = (ROWS[3] + 24 - TOP) / depth;
  small(67, 16, `picture ${shape(size, size, 3)}`, okabeIto.blue);
  parts.push(arrow([67, 26], [67, TOP - 4], { color: okabeIto.blue }));
  for (let i = 0; i < depth; i++) {
    const read = blocks.includes(i + 1);
    const pen = { line: okabeIto.blue, width: read ? 2.4 : 1.2, fill: read ? '#FFFFFF' : ink.fill };
    parts.push(box(20, TOP + i * slab + 2, 94, slab - 4, pen));
    const words = { align: 'center', size: 12, bold: read, color: okabeIto.blue } as const;
    parts.push(text(67, TOP + (i + 0.5) * slab, `block ${i + 1}`, words));
  }

  // Four grids.
  small(160, 66, `tokens, each\n${shape(grid, grid, width)}`);
  blocks.forEach((block, i) => {
    parts.push(arrow([116, TOP + (block - 0.5) * slab], [208, ROWS[i]], { color: okabeIto.blue }));
  });
  sides.forEach((side, i) => {
    const edge = 20 + 36 * (side / sides[0]) ** 0.7;
    drawGrid(parts, [250, ROWS[i]], side, edge);
    const factor = side / grid;
    const how = factor > 1 ? `enlarged ×${factor}` : factor === 1 ? 'as it is' : 'largest of 2 × 2';
    small(250, ROWS[i] - edge / 2 - 9, how);
    small(250, ROWS[i] + edge / 2 + 9, shape(side, side, width));
  });

  // Averages over regions of the coarsest, and all levels to few channels.
  const pools = poolScales.map((_, i) => 318 + i * 27);
  poolScales.forEach((scale, i) => {
    drawGrid(parts, [pools[i], ROWS[3]], scale, 20);
    small(pools[i], ROWS[3] + 18, `${scale}×${scale}`);
  });
  small(358, ROWS[3] - 34, 'averages of regions,\njoined to the grid');
  flow(272, 304, ROWS[3]);
  flow(414, 432, ROWS[3]);
  for (const i of [0, 1, 2]) {
    flow(284, 432, ROWS[i]);
    node(436, ROWS[i], 72, 'conv 1×1');
  }
  node(436, ROWS[3], 72, 'conv 3×3');
  sides.forEach((side, i) => {
    small(472, ROWS[i] + 27, shape(side, side, channels));
  });

  // Coarse added to fine.
  for (const i of [0, 1, 2]) {
    flow(510, 533, ROWS[i]);
    parts.push(circle(546, ROWS[i], 10, { line: ink.text }), text(546, ROWS[i], '+', { align: 'center', bold: true }));
    parts.push(arrow([546, i === 2 ? ROWS[3] : ROWS[i + 1] - 12], [546, ROWS[i] + 13], { color: ink.text }));
    small(563, (ROWS[i] + ROWS[i + 1]) / 2, `×${sides[i] / sides[i + 1]}`);
    flow(558, 585, ROWS[i]);
    node(588, ROWS[i], 72, 'conv 3×3');
    flow(662, 688, ROWS[i]);
  }
  flow(510, 688, ROWS[3]);

  // Joined, and read pixel by pixel.
  parts.push(box(692, ROWS[0] - 24, 76, ROWS[3] - ROWS[0] + 48, { line: ink.text, width: 2, fill: ink.fill }));
  const joined = `all four\nenlarged\nto ${sides[0]} × ${sides[0]}\nand joined\n${shape(sides[0], sides[0], sides.length * channels)}`;
  parts.push(text(730, (ROWS[0] + ROWS[3]) / 2, joined, { align: 'center', size: 11 }));
  flow(770, 790, ROWS[0]);
  const steps = ['conv 3×3', 'classifier', 'to pixels'];
  const results = [
    shape(sides[0], sides[0], channels),
    `logits ${shape(sides[0], sides[0], classes)}`,
    shape(size, size, classes),
  ];
  steps.forEach((words, i) => {
    node(794, ROWS[i], 76, words);
    small(832, ROWS[i] + 27, results[i]);
    if (i > 0) parts.push(arrow([832, ROWS[i - 1] + 36], [832, ROWS[i] - 21], { color: ink.text }));
  });
  return diagram({ width: 890, height: 410 }, parts);
}

/** A square around a point, cut into `count` × `count` cells. */
function drawGrid(parts: Part[], [x, y]: readonly [number, number], count: number, edge: number): void {
  const [left, top] = [x - edge / 2, y - edge / 2];
  const at = Array.from({ length: count - 1 }, (_, i) => (edge * (i + 1)) / count);
  const lines = at.flatMap((d) => [
    `M${left + d},${top} L${left + d},${top + edge}`,
    `M${left},${top + d} L${left + edge},${top + d}`,
  ]);
  parts.push(box(left, top, edge, edge, { radius: 0, line: okabeIto.blue, width: 1.4, fill: '#FFFFFF' }));
  if (lines.length > 0) parts.push(path(lines.join(' '), { line: okabeIto.blue, width: count > 16 ? 0.4 : 0.8 }));
}
