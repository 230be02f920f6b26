import path from 'node:path';
import { openEventFile } from '../runs/events.js';
import { openStepLines, type StepLines } from '../runs/stepLines.js';

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

/**
 * Opens the metrics of a run folder: `metrics.jsonl`, one step a line, and TensorBoard's event files in `tensorboard/`.
 * Lines of steps from `step` on, which will be done again, are dropped. Without a folder, nothing is kept.
 */
export function openMetrics(out: string | undefined, step: number): StepLines<EncoderMetrics> {
  if (!out) return { earlier: [], append: () => {} };
  const lines = openStepLines<EncoderMetrics>(path.join(out, 'metrics.jsonl'), (at) => at < step);
  const writeEvent = openEventFile(path.join(out, 'tensorboard'), { step });
  return {
    earlier: lines.earlier,
    append(line) {
      lines.append(line);
      const { step: at, parts, scores, ...numbers } = line;
      writeEvent(at, { ...numbers, ...under('parts', parts), ...under('scores', scores ?? {}) });
    },
  };
}

/** TensorBoard groups what has the same word before a slash. */
function under(group: string, values: Record<string, number>): Record<string, number> {
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [`${group}/${name}`, value]));
}
