import { diagram, type Part, picture, text, wrapText } from './diagram.js';
import type { Figure } from './figure.js';

export interface PcaData {
  /** names of the methods, in the order of each row's maps */
  methods: string[];
  /** sets of pictures of one kind; per picture the photo and one map a method (data URIs) */
  sets: { name: string; rows: { photo: string; maps: string[] }[] }[];
  /** width ÷ height of the pictures; 4 ÷ 3 in the paper */
  aspect?: number;
}

/**
 * Figure 5 of the paper: patch features of pictures of one kind, projected on their first three principal components
 * (red, green, blue), background in black. Equal colours are parts that the encoder finds alike.
 */
export function figure5Pca({ methods, sets, aspect = 4 / 3 }: PcaData): Figure {
  const gap = 3;
  const between = 26;
  const columns = methods.length + 1;
  const cellWidth = Math.max(
    64,
    Math.min(112, Math.floor((860 - (sets.length - 1) * between) / (sets.length * columns)) - gap),
  );
  const cellHeight = Math.round(cellWidth / aspect);
  const heads = ['picture', ...methods].map((label) => wrapText(label, { width: 0.92 * cellWidth, size: 12 }));
  const margin = 12;
  const top = 14 + 18 * Math.max(...heads.map((head) => head.split('\n').length));
  const setWidth = columns * (cellWidth + gap) - gap;
  const parts: Part[] = [];
  for (const [index, { name, rows }] of sets.entries()) {
    const left = margin + index * (setWidth + between);
    for (const [column, head] of heads.entries()) {
      const x = left + column * (cellWidth + gap) + cellWidth / 2;
      parts.push(text(x, top - 6, head, { align: 'center', valign: 'bottom', bold: true, size: 12 }));
    }
    for (const [row, { photo, maps }] of rows.entries()) {
      for (const [column, source] of [photo, ...maps].entries()) {
        parts.push(
          picture(left + column * (cellWidth + gap), top + row * (cellHeight + gap), cellWidth, cellHeight, source),
        );
      }
    }
    const below = top + rows.length * (cellHeight + gap) + 14;
    parts.push(
      text(left + setWidth / 2, below, `(${String.fromCharCode(97 + index)}) ${name}`, { align: 'center', size: 14 }),
    );
  }
  const rowCount = Math.max(...sets.map((set) => set.rows.length));
  const width = 2 * margin + sets.length * setWidth + (sets.length - 1) * between;
  return diagram({ width, height: top + rowCount * (cellHeight + gap) + 34 }, parts);
}
