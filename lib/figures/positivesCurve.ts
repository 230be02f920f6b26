import type { Figure } from './figure.js';
import { type LinePanel, linePanels, type PanelLine } from './linePanels.js';
import { methodColour } from './theme.js';

type Points = PanelLine['points'];

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
    ticks: points.map(({ x }) => ({ x, text: String(x) })),
    lines: [
      {
        name: 'StableRep',
        color: methodColour('StableRep'),
        points,
        joined: points.length > 2, // one and eight, as the reviews have it, are no curve
      },
    ],
    ...(note !== undefined && { note }),
  };
}
