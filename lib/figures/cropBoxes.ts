import { box, diagram, type Part, picture, text } from './diagram.js';
import type { Figure } from './figure.js';
import { okabeIto } from './theme.js';

export interface CropBoxesData {
  /** the whole picture (a data URI) and its side in pixels */
  original: string;
  side: number;
  /** where each crop comes from, in pixels of the original, and what became of it */
  crops: {
    name: string;
    box: { left: number; top: number; width: number; height: number };
    image: string;
    size: number;
  }[];
}

const colors = [okabeIto.vermillion, okabeIto.blue, okabeIto.green, okabeIto.purple, okabeIto.orange, okabeIto.skyBlue];

/** One picture with the boxes of its crops, and the crops: all at one scale, framed in the colour of their box. */
export function cropBoxes({ original, side, crops }: CropBoxesData): Figure {
  const scale = 256 / side;
  const [margin, top, gap] = [12, 34, 26];
  const parts: Part[] = [picture(margin, top, 256, 256, original), text(margin, 16, 'the picture', { bold: true })];
  let x = margin + 256 + gap;
  for (const [at, { name, box: cut, image, size }] of crops.entries()) {
    const color = colors[at % colors.length];
    const shown = size * scale;
    const where = [margin + cut.left * scale, top + cut.top * scale, cut.width * scale, cut.height * scale] as const;
    parts.push(box(...where, { line: color, width: 3, radius: 2 }));
    parts.push(picture(x, top, shown, shown, image), box(x, top, shown, shown, { line: color, width: 3, radius: 2 }));
    parts.push(text(x, 16, name, { bold: true, color }));
    parts.push(text(x, top + shown + 12, `${size} × ${size} px`, { size: 12, color }));
    x += Math.max(shown, 84) + gap;
  }
  return diagram({ width: Math.ceil(x - gap + margin), height: top + 256 + 26 }, parts);
}
