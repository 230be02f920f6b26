/** Where a step t of a run of T steps stands; every schedule is a function of it alone, so that a resumed run agrees. */
interface Run {
  /** T, the number of steps of the whole run */
  total: number;
}

/** Linear warmup from 0, then cosine to 0, per step (spec §4.8). Final runs: 500k steps, 80k of warmup, peak 2e-3 (B). */
export function learningRateAt(step: number, { total, warmup, peak }: Run & { warmup: number; peak: number }): number {
  if (step < warmup) return (peak * step) / warmup;
  return peak * 0.5 * (1 + Math.cos((Math.PI * (step - warmup)) / Math.max(1, total - warmup)));
}

/** Cosine from `from` at step 0 to `to` at step T: 0.04 → 0.2 (spec §4.8). */
export function weightDecayAt(step: number, { total, from = 0.04, to = 0.2 }: Run & { from?: number; to?: number }) {
  return to - (to - from) * 0.5 * (1 + Math.cos((Math.PI * step) / total));
}

/** λ of the teacher's moving average: end − ½(1 + cos(πt/T))(end − start), 0.994 → 1 (spec §4.6). */
export function teacherMomentumAt(
  step: number,
  { total, start = 0.994, end = 1 }: Run & { start?: number; end?: number },
): number {
  return end - 0.5 * (1 + Math.cos((Math.PI * step) / total)) * (end - start);
}

/** The share of a run, 0 … 1, from which on a teacher stands still: all steps left together take up less than one step's worth of its student. */
export function teacherStandstill({ total, ...momentum }: Run & { start?: number; end?: number }): number {
  let [step, left] = [total, 0];
  while (step > 0 && left < 1) left += 1 - teacherMomentumAt(--step, { total, ...momentum });
  return step / total;
}

/** Temperature of the teacher's iBOT targets: linear 0.04 → 0.07 over 4000 steps, then constant (spec §4.4). */
export function teacherTemperatureAt(step: number, { from = 0.04, to = 0.07, warmup = 4000 } = {}): number {
  return step >= warmup ? to : from + ((to - from) * step) / warmup;
}

/** The released code's rule: lr = base · (captions · images per caption · globals / 2) / 256 (spec §4.8). */
export function peakLearningRate(captions: number, imagesPerCaption: number, { base = 1.5e-4, globals = 1 } = {}) {
  return (base * captions * imagesPerCaption * globals) / 2 / 256;
}
