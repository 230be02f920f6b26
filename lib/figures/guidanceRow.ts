import type { Figure } from './figure.js';
import { imageGrid } from './imageGrid.js';

export interface GuidanceData {
  caption: string;
  /** one row for each start noise; its pictures (data URIs) in the order of `scales` */
  rows: string[][];
  scales: number[];
}

/** One caption and the same noise under stronger and stronger classifier-free guidance. */
export function guidanceRow({ caption, rows, scales }: GuidanceData): Figure {
  const last = rows.length - 1;
  return imageGrid(
    rows.map((images, at) => ({ images, caption: at === last ? caption : undefined })),
    {
      columnLabels: scales.map((scale, at) => (at === 0 ? `guidance ${scale}` : String(scale))),
      cell: { width: 104, height: 104 },
    },
  );
}
