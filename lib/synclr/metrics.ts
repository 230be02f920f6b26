import { appendFileSync, existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { openEventFile } from '../runs/events.js';
import { writeWhole } from '../runs/files.js';

export interface EncoderMetrics {
  step: number;
  loss: number;
  /** the losses that were summed, by name */
  parts: Record<string, number>;
  lr: number;
  gradNorm: number;
  /** seconds spent on the step, waiting for its batch included; all else is the same whenever the run is repeated */
  seconds: number;
  /** what `evaluate` measured after this step, by its name */
  scores?: Record<string, number>;
}

export interface MetricsLog {
  /** the lines of earlier starts of the run */
  earlier: EncoderMetrics[];
  record(line: EncoderMetrics): void;
}

/**
 * Opens the metrics of a run folder: `metrics.jsonl`, one step a line, and TensorBoard's event files in `tensorboard/`.
 * Lines of steps from `step` on, which will be done again, are dropped. Without a folder, nothing is kept.
 */
export function openMetrics(out: string | undefined, step: number): MetricsLog {
  if (!out) return { earlier: [], record: () => {} };
  const file = path.join(out, 'metrics.jsonl');
  const text = existsSync(file) ? readFileSync(file, 'utf8') : '';
  // What follows the last newline was cut off when a process was killed.
  const whole = text.split('\n').slice(0, -1);
  const earlier = whole.map((line) => JSON.parse(line) as EncoderMetrics).filter((line) => line.step < step);
  writeWhole(file, earlier.map((line) => `${JSON.stringify(line)}\n`).join(''));
  const writeEvent = openEventFile(path.join(out, 'tensorboard'), { step });
  return {
    earlier,
    record(line) {
      appendFileSync(file, `${JSON.stringify(line)}\n`);
      const { step: at, parts, scores, ...numbers } = line;
      writeEvent(at, { ...numbers, ...under('parts', parts), ...under('scores', scores ?? {}) });
    },
  };
}

/** TensorBoard groups what has the same word before a slash. */
function under(group: string, values: Record<string, number>): Record<string, number> {
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [`${group}/${name}`, value]));
}
