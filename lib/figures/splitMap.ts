import { box, circle, diagram, type Part, picture, text, wrapText } from './diagram.js';
import type { Figure } from './figure.js';
import { ink, okabeIto } from './theme.js';

/** Who may see one kind of picture, and the colour of its frame. */
export const VIEWERS = {
  generator: { name: 'the generator learns from it', colour: okabeIto.skyBlue },
  train: { name: 'classifiers are fitted on it', colour: okabeIto.blue },
  val: { name: 'validation', colour: okabeIto.green },
  places: { name: 'test: new places', colour: okabeIto.orange },
  test: { name: 'test: new drawings', colour: okabeIto.vermillion },
  nobody: { name: 'shown to nobody', colour: ink.grid },
} as const;

export interface SplitMapData {
  title: string;
  /** one a column: backgrounds */
  columns: string[];
  /** one a row: families of drawings. An image (a data URI) and who sees it, for every column */
  rows: { label: string; cells: { image: string; seenBy: keyof typeof VIEWERS }[] }[];
}

/** CSS pixels */
const SIZE = { cell: 46, gap: 12, left: 140, top: 66, legend: 26, margin: 14 };

/** One thing in every drawing and before every background, each framed in the colour of who sees it. */
export function splitMap({ title, columns, rows }: SplitMapData): Figure {
  const step = SIZE.cell + SIZE.gap;
  const width = SIZE.left + columns.length * step + SIZE.margin;
  const bottom = SIZE.top + rows.length * step;
  const heads = columns.map((name, at) =>
    text(SIZE.left + at * step + SIZE.cell / 2, SIZE.top - 8, wrapText(name, { width: step, size: 11 }), {
      align: 'center',
      valign: 'bottom',
      size: 11,
      color: ink.muted,
    }),
  );
  const cells = rows.flatMap(({ label, cells }, row): Part[] => {
    const y = SIZE.top + row * step;
    return [
      text(SIZE.margin, y + SIZE.cell / 2, label, { bold: true, size: 12 }),
      ...cells.flatMap(({ image, seenBy }, at): Part[] => {
        const x = SIZE.left + at * step;
        const frame = { line: VIEWERS[seenBy].colour, width: seenBy === 'nobody' ? 1 : 3.5, radius: 0 };
        const fill = seenBy === 'nobody' ? 'rgba(255,255,255,0.72)' : 'rgba(0,0,0,0)';
        return [picture(x, y, SIZE.cell, SIZE.cell, image), box(x, y, SIZE.cell, SIZE.cell, { ...frame, fill })];
      }),
    ];
  });
  const viewers = Object.values(VIEWERS);
  const across = Math.ceil(viewers.length / 2);
  const legend = viewers.flatMap(({ name, colour }, at): Part[] => {
    const x = SIZE.margin + (at % across) * ((width - SIZE.margin) / across);
    const y = bottom + SIZE.legend * (Math.floor(at / across) + 0.5);
    return [circle(x + 6, y, 5.5, { fill: colour, line: colour }), text(x + 17, y, name, { size: 12 })];
  });
  const head = text(SIZE.margin, 16, title, { bold: true });
  return diagram({ width, height: bottom + 2 * SIZE.legend + 6 }, [head, ...heads, ...cells, ...legend]);
}
