import { type PlotlyObject, plotlyText } from './figure.js';
import { spread } from './spread.js';
import { ink } from './theme.js';

/** The name of a line, to stand right of its panel. */
export interface EndLabel {
  name: string;
  color: string;
  /** where the line ends, as a share of the panel's height */
  height: number;
}

/** Where a panel stands, as shares of the figure without its margins, and that figure's height in CSS pixels. */
export interface PanelPlace {
  right: number;
  bottom: number;
  top: number;
  /** CSS pixels */
  full: number;
}

/** CSS pixels: from the panel to its names, and from there to names that had to move. */
const AWAY = 6;
const LEADER = 16;
/** CSS pixels between two names, at least, and how far a name may stray before a thin line leads back. */
const STEP = 17;
const STRAY = 5;

/**
 * Names of lines right of their panel, each at the height where its line ends. Names that would overlap move apart, and a thin
 * line leads from each that has moved to where it belongs. Muted names are not bold: levels, not lines. An empty name takes no
 * room.
 */
export function endLabels(
  lines: readonly EndLabel[],
  { right, bottom, top, full }: PanelPlace,
  { size = 12 } = {},
): PlotlyObject[] {
  const labels = lines.filter(({ name }) => name !== '');
  const pixels = (top - bottom) * full;
  const heights = spread(
    labels.map(({ height }) => height),
    (STEP * size) / (12 * pixels),
  );
  const moved = labels.map(({ height }, at) => Math.abs(heights[at] - height) * pixels > STRAY);
  const away = moved.some((one) => one) ? AWAY + LEADER : AWAY;
  return labels.flatMap(({ name, color, height }, at) => {
    const paper = { xref: 'paper', yref: 'paper', x: right };
    const text = color === ink.muted ? plotlyText(name) : `<b>${plotlyText(name)}</b>`;
    const label = {
      ...paper,
      ...{ y: bottom + heights[at] * (top - bottom), xshift: away, xanchor: 'left', yanchor: 'middle' },
      ...{ align: 'left', showarrow: false, text, font: { color, size } },
    };
    if (!moved[at]) return [label];
    const line = { showarrow: true, arrowhead: 0, arrowwidth: 1, arrowcolor: color, standoff: 3, text: '' };
    const down = (height - heights[at]) * pixels;
    return [label, { ...paper, ...line, y: bottom + height * (top - bottom), ax: away - 2, ay: down, borderpad: 0 }];
  });
}
