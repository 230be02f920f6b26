import type { Figure } from './figure.js';
import { imageGrid } from './imageGrid.js';

export interface DenoisingData {
  /** one row a caption: pictures (data URIs) from noise to the result */
  rows: { caption: string; images: string[] }[];
  /** what stands above the columns: time or step of each picture */
  times: string[];
}

/** How a picture emerges from noise. */
export function denoisingStrip({ rows, times }: DenoisingData): Figure {
  return imageGrid(rows, { columnLabels: times, cell: { width: 92, height: 92 } });
}
