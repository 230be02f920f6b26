import type { Figure } from './figure.js';
import { type LinePanel, linePanels, type PanelLine } from './linePanels.js';
import { methodColour, okabeIto } from './theme.js';

type Points = PanelLine['points'];

export interface GuidanceCurveData {
  /** Table 3: ImageNet top-1 by guidance scale */
  paper: { quantity: string; points: Points };
  /** accuracy of encoders trained on images made with each guidance */
  ours: { quantity: string; points: Points; note?: string };
  /** what the images themselves are like, where it was measured */
  images?: {
    /** share in which the judge sees the caption's concept, in percent */
    recognised: Points;
    /** mean distance of one caption's images */
    diversity: Points;
  };
}

/** Table 3 and StableRep's guidance curve: accuracy against guidance, beside what guidance does to the images. */
export function guidanceCurve({ paper, ours, images }: GuidanceCurveData): Figure {
  const color = methodColour('StableRep');
  const panels: LinePanel[] = [
    panel('paper', paper, { name: 'Table 3', color }),
    panel('ours', ours, { name: 'StableRep', color }),
  ];
  if (images) {
    const { recognised, diversity } = images;
    const quality = { quantity: 'recognised by the judge (%)', points: recognised };
    panels.push(panel('the images', quality, { name: 'recognised', color: okabeIto.blue }));
    const spread = { quantity: 'distance within a caption', points: diversity };
    panels.push(panel('the images', spread, { name: 'diversity', color: okabeIto.purple }));
  }
  return linePanels(panels);
}

function panel(
  title: string,
  { quantity, points, note }: { quantity: string; points: Points; note?: string },
  line: Omit<PanelLine, 'points'>,
): LinePanel {
  return {
    title,
    quantity,
    axis: 'guidance scale',
    log: true,
    ...(quantity.includes('%') && { span: 4 }),
    ticks: points.map(({ x }) => ({ x, text: String(x) })),
    lines: [{ ...line, points }],
    ...(note !== undefined && { note }),
  };
}
