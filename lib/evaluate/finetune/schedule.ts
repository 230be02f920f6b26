/** Where a learning rate stands: all in steps, which may be fractions of an epoch. */
export interface WarmupThenDecay {
  total: number;
  warmup: number;
  peak: number;
}

/** Linear warm-up from 0, then half a cosine from the peak to `least` (ImageNet fine-tuning, Table 14). */
export function cosineRateAt(step: number, { total, warmup, peak, least = 0 }: WarmupThenDecay & { least?: number }) {
  if (step < warmup) return (peak * step) / warmup;
  const done = (step - warmup) / Math.max(1, total - warmup);
  return least + (peak - least) * 0.5 * (1 + Math.cos(Math.PI * done));
}

/** Linear warm-up from a millionth, then (1 − done)^power to 0 (ADE20k, spec §5.4: power 1). */
export function polynomialRateAt(
  step: number,
  { total, warmup, peak, power = 1 }: WarmupThenDecay & { power?: number },
) {
  if (step < warmup) return peak * (1e-6 + (1 - 1e-6) * (step / warmup));
  return peak * (1 - (step - warmup) / Math.max(1, total - warmup)) ** power;
}
