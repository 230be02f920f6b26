import { box, diagram, type Part, path, picture, text, wrapText } from './diagram.js';
import type { Figure } from './figure.js';
import { ink, okabeIto } from './theme.js';

export interface GranularityData {
  /** captions, each with the pictures generated from it (data URIs) */
  captions: { text: string; images: string[] }[];
  /** ways to say which pictures are one class: groups of picture numbers, counted over all captions from 0 */
  groupings: { method: string; explanation: string; groups: number[][] }[];
}

const colors = [okabeIto.blue, okabeIto.skyBlue, okabeIto.green, okabeIto.orange, okabeIto.purple, okabeIto.vermillion];

/** Figure 2 of the paper: the same generated pictures make different classes, depending on the learner. */
export function figure2Granularity({ captions, groupings }: GranularityData): Figure {
  const [left, size, gap, wide] = [182, 108, 22, 44];
  const images = captions.flatMap((caption) => caption.images);
  // Where each picture begins: a wider gap between captions.
  const starts: number[] = [];
  let end = left;
  for (const caption of captions) {
    for (const _ of caption.images) {
      starts.push(end);
      end += size + gap;
    }
    end += wide - gap;
  }
  const width = end - wide + 24;
  const top = 76;
  const rowHeight = size + 46;
  const parts: Part[] = [];
  let first = 0;
  for (const caption of captions) {
    const [x0, x1] = [starts[first], starts[first + caption.images.length - 1] + size];
    first += caption.images.length;
    const wrapped = wrapText(`“${caption.text}”`, { width: x1 - x0 - 4, size: 12, lines: 3 });
    parts.push(text((x0 + x1) / 2, top - 26, wrapped, { align: 'center', valign: 'bottom', size: 12, italic: true }));
    parts.push(path(`M${x0},${top - 18} L${x0},${top - 23} L${x1},${top - 23} L${x1},${top - 18}`, { line: ink.line }));
  }
  for (const [row, { method, explanation, groups }] of groupings.entries()) {
    const y = top + 16 + row * rowHeight;
    parts.push(text(14, y + size / 2 - 12, method, { bold: true, size: 14, valign: 'bottom' }));
    parts.push(
      text(14, y + size / 2 - 8, wrapText(explanation, { width: left - 46, size: 12 }), {
        size: 12,
        color: ink.muted,
        valign: 'top',
      }),
    );
    for (const [at, source] of images.entries()) parts.push(picture(starts[at], y, size, size, source));
    for (const [index, group] of groups.entries()) {
      const color = colors[index % colors.length];
      const [x0, x1] = [starts[Math.min(...group)], starts[Math.max(...group)] + size];
      parts.push(box(x0 - 8, y - 8, x1 - x0 + 16, size + 16, { line: color, width: 3.5, radius: 10 }));
      parts.push(
        text((x0 + x1) / 2, y - 13, `class ${index + 1}`, {
          align: 'center',
          size: 12,
          bold: true,
          color,
          background: '#FFFFFF',
        }),
      );
    }
  }
  return diagram({ width, height: top + groupings.length * rowHeight }, parts);
}
