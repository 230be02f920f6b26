import { box, diagram, type Part, picture, text } from './diagram.js';
import type { Figure } from './figure.js';

export interface SegmentationMasksData {
  /** above the columns, in a line or two: 'scene', 'exact', then the methods */
  columns: string[];
  /** data URIs, a row a scene */
  rows: string[][];
  /** classes that occur, in the colours of the masks */
  legend: { name: string; color: string }[];
}

/** Pictures and the masks that were predicted for them, and below what the colours mean. */
export function segmentationMasks({ columns, rows, legend }: SegmentationMasksData): Figure {
  const [margin, gap, cell] = [12, 4, 112];
  const head = columns.some((label) => label.includes('\n')) ? 42 : 28;
  const width = 2 * margin + columns.length * (cell + gap) - gap;
  const parts: Part[] = columns.map((label, at) =>
    text(margin + at * (cell + gap) + cell / 2, margin + head / 2 - 6, label, { align: 'center', bold: true }),
  );
  rows.forEach((row, r) => {
    row.forEach((source, c) => {
      parts.push(picture(margin + c * (cell + gap), margin + head + r * (cell + gap), cell, cell, source));
    });
  });
  const [perLine, line] = [Math.max(1, Math.floor((width - 2 * margin) / 150)), 20];
  const top = margin + head + rows.length * (cell + gap) + 10;
  const step = (width - 2 * margin) / perLine;
  legend.forEach(({ name, color }, at) => {
    const [x, y] = [margin + (at % perLine) * step, top + Math.floor(at / perLine) * line];
    parts.push(box(x, y, 12, 12, { radius: 2, fill: color, line: color }));
    parts.push(text(x + 18, y + 6, name, { size: 12 }));
  });
  return diagram({ width, height: top + Math.ceil(legend.length / perLine) * line + margin }, parts);
}

/**
 * A colour of each of `count` classes: the first `pale` ones (places) light, the others (things) strong, so that one sees at
 * once which is which. Hues go round in even steps, and neighbours also differ in lightness.
 */
export function classColours(count: number, { pale = 0 }: { pale?: number } = {}): [number, number, number][] {
  return Array.from({ length: count }, (_, i) => {
    if (i < pale) return fromHsl((360 * i) / pale, 0.35, [0.72, 0.86][i % 2]);
    return fromHsl((360 * (i - pale)) / Math.max(1, count - pale), 0.75, [0.35, 0.55][i % 2]);
  });
}

/** CSS's hsl() to bytes. */
function fromHsl(hue: number, saturation: number, lightness: number): [number, number, number] {
  const chroma = saturation * Math.min(lightness, 1 - lightness);
  const channel = (n: number) => {
    const k = (n + hue / 30) % 12;
    return Math.round(255 * (lightness - chroma * Math.max(-1, Math.min(k - 3, 9 - k, 1))));
  };
  return [channel(0), channel(8), channel(4)];
}
