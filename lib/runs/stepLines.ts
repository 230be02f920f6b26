import { existsSync, readFileSync } from 'node:fs';
import { appendLine, parseJson, writeWhole } from './files.js';

/** The lines that a run writes of its steps. */
export interface StepLines<Line> {
  /** the lines of earlier starts of the run */
  readonly earlier: readonly Line[];
  append(line: Line): void;
}

/**
 * Opens a file of JSON lines about the steps of a run that goes on, and drops those of steps that will be done again. A
 * last line that was cut off when a process was killed is one of them.
 *
 * @param kept whether the line of a step stays
 * @throws InputError for any other line that is no JSON, with its number
 */
export function openStepLines<Line extends { step: number }>(
  file: string,
  kept: (step: number) => boolean,
): StepLines<Line> {
  const whole = existsSync(file) ? readFileSync(file, 'utf8').split('\n').slice(0, -1) : [];
  const fix = 'remove this line, or begin the run again in another folder';
  const lines = whole.map((line, i) => parseJson<Line>(line, { where: `${file}, line ${i + 1}`, fix }));
  const earlier = lines.filter(({ step }) => kept(step));
  writeWhole(file, earlier.map((line) => `${JSON.stringify(line)}\n`).join(''));
  return { earlier, append: (line) => appendLine(file, JSON.stringify(line)) };
}
