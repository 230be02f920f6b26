import { box, diagram, type Part, path, picture, text, wrapText } from './diagram.js';
import type { Figure } from './figure.js';
import { ink } from './theme.js';

/** Pictures that belong together: a coloured outline around cells `from`..`to` of a row, with a tag on top. */
export interface OutlinedGroup {
  from: number;
  to: number;
  color: string;
  tag?: string;
}

export interface GridRow {
  /** to the left of the row */
  label?: string;
  /** data URIs (see `pictureUri`); null leaves the place empty */
  images: (string | null)[];
  /** under the whole row */
  caption?: string;
  /** one under each picture */
  captions?: string[];
  groups?: OutlinedGroup[];
}

export interface GridOptions {
  /** above the columns */
  columnLabels?: string[];
  /** size of a picture in CSS pixels */
  cell?: { width: number; height: number };
  /** between pictures of a row */
  gap?: number;
  /** rows are laid out in this many columns, left to right, then down */
  columns?: number;
  /** room for row labels */
  labelWidth?: number;
  captionSize?: number;
}

/** An outline with a tag on its upper edge. */
function outline(
  { from, to, color, tag }: OutlinedGroup,
  { x, y, step, gap, height }: { x: number; y: number; step: number; gap: number; height: number },
): Part[] {
  const pad = Math.min(8, gap / 2 - 2);
  const left = x + from * step - pad;
  const width = (to - from + 1) * step - gap + 2 * pad;
  const parts = [box(left, y - pad, width, height + 2 * pad, { line: color, width: 3, radius: 9 })];
  const style = { align: 'center', size: 12, bold: true, color, background: '#FFFFFF' } as const;
  if (tag) parts.push(text(left + width / 2, y - 13, tag, style));
  return parts;
}

/**
 * Rows of pictures with labels to the left, column labels on top, captions below and outlines around groups.
 * Text stays text, so it is crisp at any size.
 */
export function imageGrid(
  rows: GridRow[],
  {
    columnLabels = [],
    cell = { width: 96, height: 96 },
    gap = rows.some((row) => row.groups) ? 22 : 4,
    columns = 1,
    labelWidth = rows.some((row) => row.label) ? 110 : 0,
    captionSize = 12,
  }: GridOptions = {},
): Figure {
  const margin = 12;
  const between = 28;
  const stepX = cell.width + gap;
  const count = Math.max(...rows.map((row) => row.images.length));
  const stripWidth = count * stepX - gap;
  const lineHeight = captionSize * 1.36;
  const blockWidth = labelWidth + stripWidth;
  const headHeight = columnLabels.length > 0 ? 26 : 0;
  const tagged = rows.some((row) => row.groups?.some(({ tag }) => tag));
  const parts: Part[] = [];
  for (let block = 0; block < columns; block++) {
    const x = margin + block * (blockWidth + between) + labelWidth;
    for (const [at, label] of columnLabels.entries()) {
      parts.push(text(x + at * stepX + cell.width / 2, margin + 8, label, { align: 'center', bold: true }));
    }
  }
  let y = margin + headHeight + (tagged ? 10 : 0);
  for (let first = 0; first < rows.length; first += columns) {
    let captionLines = 0;
    for (const [block, row] of rows.slice(first, first + columns).entries()) {
      const left = margin + block * (blockWidth + between);
      const x0 = left + labelWidth;
      if (row.label) {
        const label = wrapText(row.label, { width: labelWidth - 14 });
        parts.push(text(left, y + cell.height / 2, label, { bold: true }));
      }
      for (const [at, source] of row.images.entries()) {
        const x = x0 + at * stepX;
        if (source) parts.push(picture(x, y, cell.width, cell.height, source));
        else
          parts.push(
            path(
              `M${x},${y} L${x + cell.width},${y} L${x + cell.width},${y + cell.height} L${x},${y + cell.height} Z`,
              { line: ink.grid, dash: 'dot' },
            ),
          );
        const below = row.captions?.[at];
        if (below) {
          const wrapped = wrapText(below, { width: cell.width, size: captionSize });
          captionLines = Math.max(captionLines, wrapped.split('\n').length);
          parts.push(
            text(x + cell.width / 2, y + cell.height + 3, wrapped, {
              align: 'center',
              valign: 'top',
              size: captionSize,
              color: ink.muted,
            }),
          );
        }
      }
      for (const group of row.groups ?? [])
        parts.push(...outline(group, { x: x0, y, step: stepX, gap, height: cell.height }));
      if (row.caption) {
        const wrapped = wrapText(row.caption, { width: stripWidth, size: captionSize });
        captionLines = Math.max(captionLines, wrapped.split('\n').length);
        parts.push(
          text(x0 + stripWidth / 2, y + cell.height + 5, wrapped, {
            align: 'center',
            valign: 'top',
            size: captionSize,
            italic: true,
          }),
        );
      }
    }
    const last = first + columns >= rows.length;
    const room = captionLines > 0 ? captionLines * lineHeight + (last ? 8 : 18) : 0;
    y += cell.height + room + (last ? 0 : tagged ? 30 : gap);
  }
  const width = 2 * margin + columns * blockWidth + (columns - 1) * between;
  return diagram({ width, height: Math.ceil(y + margin) }, parts);
}
