import type { NamedTensors } from '../../engine/step.js';
import { tf } from '../../engine/tf.js';

/**
 * Decay of the moving average at step t (counted from 0), warmed up: min(limit, (1 + t)/(10 + t)). A decay fixed at
 * 0.999 would still hold 58 % of the initial weights after 550 steps.
 */
export function emaDecay(step: number, { limit = 0.999 }: { limit?: number } = {}): number {
  return Math.min(limit, (1 + step) / (10 + step));
}

/** ema ← decay·ema + (1 − decay)·value, for every name in `values`. `decay` is a scalar input. */
export function emaUpdate(ema: NamedTensors, values: NamedTensors, decay: tf.Scalar): NamedTensors {
  const next: NamedTensors = {};
  const take = tf.sub(1, decay);
  for (const [name, value] of Object.entries(values)) {
    next[name] = tf.add(ema[name], tf.mul(tf.sub(value, ema[name]), take));
  }
  return next;
}
