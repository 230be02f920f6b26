import { arrow, box, diagram, type Part, path, text } from './diagram.js';
import type { Figure } from './figure.js';
import { ink, okabeIto } from './theme.js';

export interface StudentTeacherData {
  /** global crops of a step, local crops, masked patches */
  globals: number;
  locals: number;
  masked: number;
  /** sides of the crops in pixels */
  size: number;
  localSize: number;
  /** of the backbone, of an embedding, and the number of prototypes */
  width: number;
  output: number;
  prototypes: number;
}

const student = okabeIto.vermillion;
const teacher = okabeIto.blue;

/** Where SynCLR's three losses come from: what student and teacher see, and the shape of everything on the way. */
export function studentTeacher(data: StudentTeacherData): Figure {
  const { globals, locals, masked, size, localSize, width, output, prototypes } = data;
  const rows = { anchors: 70, logits: 150, targets: 270, keys: 350 };
  const parts: Part[] = [];
  const node = (x: number, y: number, w: number, words: string, color: string) =>
    parts.push(
      box(x, y - 20, w, 40, { line: color, width: 1.8, fill: '#FFFFFF' }),
      text(x + w / 2, y, words, { align: 'center', size: 12, bold: true, color }),
    );
  const flow = (from: number, to: number, y: number, shape: string, color: string) =>
    parts.push(
      arrow([from, y], [to, y], { color }),
      text((from + to) / 2 - 3, y - 9, shape, { align: 'center', size: 11 }),
    );
  const shape = (...sizes: number[]) => `[${sizes.join(', ')}]`;

  // What goes in.
  const seen = (y: number, words: string, color: string) => parts.push(text(12, y, words, { size: 12, color }));
  seen(70, `local crops\n${shape(locals, localSize, localSize, 3)}`, student);
  seen(150, `global crops, half\nwith hidden patches\n${shape(globals, size, size, 3)}`, student);
  seen(310, `global crops, whole\n${shape(globals, size, size, 3)}`, teacher);
  for (const y of [70, 150]) parts.push(arrow([152, y], [182, y], { color: student }));
  parts.push(arrow([152, 310], [182, 310], { color: teacher }));

  // The two backbones, and how one follows the other.
  const backbone = (y: number, words: string, color: string) =>
    parts.push(
      box(186, y - 62, 96, 124, { line: color, width: 2.5, fill: ink.fill }),
      text(234, y, words, { align: 'center', bold: true, size: 14, color }),
    );
  backbone(110, 'student\nViT', student);
  backbone(310, 'teacher\nViT', teacher);
  parts.push(arrow([234, 176], [234, 244], { color: ink.text, width: 2 }));
  parts.push(text(242, 210, 'moving average, every step:\nθT := λ θT + (1 − λ) θS', { size: 12 }));

  // Heads.
  flow(286, 392, rows.anchors, `cls ${shape(globals + locals, width)}`, student);
  node(396, rows.anchors, 84, 'projector', student);
  parts.push(arrow([484, rows.anchors], [508, rows.anchors], { color: student }));
  node(512, rows.anchors, 84, 'predictor', student);
  flow(600, 716, rows.anchors, `anchors ${shape(globals + locals, output)}`, student);
  flow(286, 392, rows.logits, `hidden ${shape(masked, width)}`, student);
  node(396, rows.logits, 200, 'prototype head', student);
  flow(600, 716, rows.logits, `logits ${shape(masked, prototypes)}`, student);
  flow(286, 392, rows.targets, `same ${shape(masked, width)}`, teacher);
  node(396, rows.targets, 112, 'prototype head', teacher);
  parts.push(arrow([512, rows.targets], [526, rows.targets], { color: teacher }));
  node(530, rows.targets, 66, 'Sinkhorn', teacher);
  flow(600, 716, rows.targets, `targets ${shape(masked, prototypes)}`, teacher);
  flow(286, 392, rows.keys, `cls ${shape(globals, width)}`, teacher);
  node(396, rows.keys, 84, 'projector', teacher);
  parts.push(text(600, rows.keys - 9, `keys ${shape(globals, output)}`, { align: 'center', size: 11 }));

  // Losses, and the line that no gradient passes.
  const loss = (y: number, h: number, words: string) =>
    parts.push(
      box(720, y, 108, h, { line: ink.text, width: 2, fill: ink.fill }),
      text(774, y + h / 2, words, { align: 'center', bold: true, size: 13 }),
    );
  loss(44, 54, 'L global +\nL local');
  loss(124, 172, 'L iBOT');
  parts.push(path(`M484,${rows.keys} L848,${rows.keys} L848,71`, { line: teacher, width: 1.8 }));
  parts.push(arrow([848, 71], [832, 71], { color: teacher }));
  parts.push(path('M290,236 L700,236', { line: teacher, dash: 'dash', width: 1.4 }));
  parts.push(
    text(496, 226, 'no gradient below this line', { align: 'center', size: 12, italic: true, color: teacher }),
  );
  return diagram({ width: 860, height: 396 }, parts);
}
