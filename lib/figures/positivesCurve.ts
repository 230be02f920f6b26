import type { Figure } from './figure.js';
import { type LinePanel, linePanels } from './linePanels.js';
import type { DrawnPoint } from './measuredPoints.js';
import { methodColour } from './theme.js';

type Points = readonly (DrawnPoint & { images: number })[];

export interface PositivesCurveData {
  /** StableRep's own numbers by images per caption; one image a caption is SimCLR */
  paper: { quantity: string; points: Points; note?: string };
  ours: { quantity: string; points: Points; note?: string };
}

/** StableRep's question: do more images of one caption help, where the number of images stays the same? */
export function positivesCurve({ paper, ours }: PositivesCurveData): Figure {
  return linePanels([panel('StableRep', paper), panel('ours', ours)]);
}

function panel(title: string, { quantity, points, note }: PositivesCurveData['ours']): LinePanel {
  return {
    title,
    quantity,
    axis: 'images per caption',
    log: true,
    ticks: points.map(({ images }) => ({ x: images, text: String(images) })),
    lines: [
      {
        name: 'StableRep',
        color: methodColour('StableRep'),
        points: points.map(({ images, ...point }) => ({ ...point, x: images })),
        joined: points.length > 2, // one and eight, as the reviews have it, are no curve
      },
    ],
    ...(note !== undefined && { note }),
  };
}
