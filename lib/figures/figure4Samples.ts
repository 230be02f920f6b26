import type { Figure } from './figure.js';
import { imageGrid } from './imageGrid.js';

export interface SamplesData {
  /** each caption with the pictures generated from it (data URIs) */
  samples: { caption: string; images: string[] }[];
}

/** Figure 4 of the paper: captions, and a few of the pictures that were generated from each. */
export function figure4Samples({ samples }: SamplesData): Figure {
  const rows = samples.map(({ caption, images }) => ({ images, caption }));
  return imageGrid(rows, { columns: 2, cell: { width: 96, height: 96 }, gap: 3 });
}
