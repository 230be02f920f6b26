import { arrow, box, diagram, type Part, path, text, textWidth, wrapText } from './diagram.js';
import type { Figure } from './figure.js';
import { ink, okabeIto } from './theme.js';

export interface PromptData {
  instruction: string;
  /** worked examples: "tiger, forest" => "A tiger …" */
  examples: { query: string; caption: string }[];
  query: string;
  generated: string;
  /** the language model's name, on the arrow */
  model: string;
}

/** Figure 3 of the paper: an instruction, worked examples and an open query; the language model writes the caption. */
export function figure3Prompt({ instruction, examples, query, generated, model }: PromptData): Figure {
  const [size, line] = [12.5, 17];
  const promptBox = { x: 12, y: 36, width: 448 };
  const answerBox = { x: 590, width: 210 };
  const inner = promptBox.width - 28;
  const parts: Part[] = [];
  let y = promptBox.y + 12;
  const paragraph = (content: string, style: Parameters<typeof text>[3] = {}) => {
    const wrapped = wrapText(content, { width: inner, size });
    parts.push(text(promptBox.x + 14, y, wrapped, { size, valign: 'top', ...style }));
    y += wrapped.split('\n').length * line;
  };
  paragraph(instruction, { color: ink.muted });
  for (const example of examples) {
    y += 9;
    paragraph(`${example.query} =>`, { bold: true });
    paragraph(example.caption);
  }
  y += 9;
  const queryLine = y + line / 2;
  paragraph(`${query} =>`, { bold: true, color: okabeIto.blue });
  const height = y + 12 - promptBox.y;

  const answer = wrapText(generated, { width: answerBox.width - 28, size });
  const answerHeight = answer.split('\n').length * line + 24;
  const middle = promptBox.y + height / 2;
  const answerTop = middle - answerHeight / 2;
  const promptRight = promptBox.x + promptBox.width;
  // Where the caption goes: the slot after the query.
  const slot = promptBox.x + 14 + textWidth(`${query} =>`, size) * 1.08 + 14;
  const from: [number, number] = [answerBox.x + answerBox.width / 2, answerTop + answerHeight];
  parts.push(
    box(promptBox.x, promptBox.y, promptBox.width, height, { fill: ink.fill, line: ink.grid, radius: 8 }),
    text(promptBox.x + 2, 20, 'Context', { bold: true, size: 14 }),
    box(answerBox.x, answerTop, answerBox.width, answerHeight, {
      fill: '#FFFFFF',
      line: okabeIto.green,
      radius: 8,
      width: 1.8,
    }),
    text(answerBox.x + 2, answerTop - 14, 'Generated caption', { bold: true, size: 14, color: okabeIto.green }),
    text(answerBox.x + 14, answerTop + 12, answer, { size, valign: 'top' }),
    arrow([promptRight + 8, middle], [answerBox.x - 8, middle], { color: okabeIto.blue, width: 2.5 }),
    text((promptRight + answerBox.x) / 2, middle - 8, model, {
      align: 'center',
      valign: 'bottom',
      bold: true,
      color: okabeIto.blue,
    }),
    path(
      `M${from[0]},${from[1] + 3} C${from[0]},${queryLine + 2} ${from[0] - 60},${queryLine} ${from[0] - 140},${queryLine} L${slot + 8},${queryLine}`,
      {
        line: okabeIto.green,
        width: 1.8,
      },
    ),
    arrow([slot + 16, queryLine], [slot, queryLine], { color: okabeIto.green, width: 1.8 }),
  );
  const bottom = Math.max(promptBox.y + height, answerTop + answerHeight);
  return diagram({ width: answerBox.x + answerBox.width + 14, height: Math.ceil(bottom + 12) }, parts);
}
