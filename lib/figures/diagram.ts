import { type Figure, type PlotlyObject, plotlyText } from './figure.js';
import { fontFamily, ink } from './theme.js';

/** A piece of a drawing. Positions and sizes are CSS pixels from the top left. */
export type Part = { shape: PlotlyObject } | { annotation: PlotlyObject } | { image: PlotlyObject };

/** Drawing without axes, for schemes and grids of pictures. Later parts lie above earlier ones of their kind. */
export function diagram({ width, height }: { width: number; height: number }, parts: Part[]): Figure {
  const hidden = { visible: false, fixedrange: true };
  return {
    data: [],
    layout: {
      width,
      height,
      margin: { l: 0, r: 0, t: 0, b: 0 },
      paper_bgcolor: '#FFFFFF',
      plot_bgcolor: '#FFFFFF',
      font: { family: fontFamily, size: 13, color: ink.text },
      showlegend: false,
      xaxis: { ...hidden, range: [0, width] },
      yaxis: { ...hidden, range: [height, 0] },
      shapes: parts.flatMap((part) => ('shape' in part ? [part.shape] : [])),
      images: parts.flatMap((part) => ('image' in part ? [part.image] : [])),
      annotations: parts.flatMap((part) => ('annotation' in part ? [part.annotation] : [])),
    },
  };
}

interface Pen {
  fill?: string;
  line?: string;
  width?: number;
  dash?: 'solid' | 'dot' | 'dash';
}

/** Any outline, in SVG's path language (absolute M, L, Q, C, Z). */
export function path(
  d: string,
  { fill = 'rgba(0,0,0,0)', line = ink.line, width = 1.2, dash = 'solid' }: Pen = {},
): Part {
  return { shape: { type: 'path', path: d, fillcolor: fill, line: { color: line, width, dash }, layer: 'above' } };
}

/** A rectangle with round corners. */
export function box(
  x: number,
  y: number,
  w: number,
  h: number,
  { radius = 6, ...pen }: Pen & { radius?: number } = {},
): Part {
  const r = Math.min(radius, w / 2, h / 2);
  const [right, bottom] = [x + w, y + h];
  return path(
    `M${x + r},${y} L${right - r},${y} Q${right},${y} ${right},${y + r} L${right},${bottom - r} Q${right},${bottom} ${right - r},${bottom} ` +
      `L${x + r},${bottom} Q${x},${bottom} ${x},${bottom - r} L${x},${y + r} Q${x},${y} ${x + r},${y} Z`,
    pen,
  );
}

/** A circle around (x, y). */
export function circle(
  x: number,
  y: number,
  r: number,
  { fill = '#FFFFFF', line = ink.line, width = 1.2 }: Pen = {},
): Part {
  const size = { x0: x - r, x1: x + r, y0: y - r, y1: y + r };
  return { shape: { type: 'circle', ...size, fillcolor: fill, line: { color: line, width }, layer: 'above' } };
}

interface TextStyle {
  size?: number;
  color?: string;
  bold?: boolean;
  italic?: boolean;
  align?: 'left' | 'center' | 'right';
  valign?: 'top' | 'middle' | 'bottom';
  /** degrees clockwise */
  angle?: number;
  background?: string;
}

/** Text at (x, y): the point of its box that `align` and `valign` name. Lines are separated by \n. */
export function text(
  x: number,
  y: number,
  content: string,
  {
    size = 13,
    color = ink.text,
    bold = false,
    italic = false,
    align = 'left',
    valign = 'middle',
    angle = 0,
    background,
  }: TextStyle = {},
): Part {
  let html = content.split('\n').map(plotlyText).join('<br>');
  if (italic) html = `<i>${html}</i>`;
  if (bold) html = `<b>${html}</b>`;
  return {
    annotation: {
      x,
      y,
      text: html,
      showarrow: false,
      xanchor: align,
      yanchor: valign,
      align,
      textangle: angle,
      font: { size, color },
      borderpad: background ? 3 : 0,
      ...(background ? { bgcolor: background } : {}),
    },
  };
}

/** An arrow. */
export function arrow(
  from: [x: number, y: number],
  to: [x: number, y: number],
  { color = ink.muted, width = 1.5 }: { color?: string; width?: number } = {},
): Part {
  const ends = { ax: from[0], ay: from[1], x: to[0], y: to[1], axref: 'x', ayref: 'y', xref: 'x', yref: 'y' };
  return {
    annotation: {
      ...ends,
      text: '',
      showarrow: true,
      arrowhead: 2,
      arrowsize: 1,
      arrowwidth: width,
      arrowcolor: color,
    },
  };
}

/** A picture (a data URI) stretched over a rectangle. */
export function picture(x: number, y: number, w: number, h: number, source: string): Part {
  const place = { x, y, sizex: w, sizey: h, xref: 'x', yref: 'y', xanchor: 'left', yanchor: 'top' };
  return { image: { source, ...place, sizing: 'stretch', layer: 'below' } };
}

/** Rough widths of Open Sans in em. */
function emWidth(character: string): number {
  if (/[ijlI.,:;'|!]/.test(character)) return 0.27;
  if (/[frt()\- ]/.test(character)) return 0.34;
  if (/[mwMW@%]/.test(character)) return 0.86;
  if (/[A-Z0-9&]/.test(character)) return 0.63;
  return 0.56;
}

/** Roughly how wide a line of text is, in pixels. */
export function textWidth(line: string, size: number): number {
  return [...line].reduce((sum, character) => sum + emWidth(character), 0) * size;
}

/** Breaks text into lines that fit `width` pixels at a font size; with `lines`, cuts the rest off by an ellipsis. */
export function wrapText(
  content: string,
  { width, size = 13, lines = Infinity }: { width: number; size?: number; lines?: number },
): string {
  const result: string[] = [];
  for (const paragraph of content.split('\n')) {
    let line = '';
    for (const word of paragraph.split(/\s+/).filter(Boolean)) {
      const longer = line ? `${line} ${word}` : word;
      if (line && textWidth(longer, size) > width) {
        result.push(line);
        line = word;
      } else line = longer;
    }
    result.push(line);
  }
  if (result.length <= lines) return result.join('\n');
  return `${result.slice(0, lines).join('\n')}…`;
}
