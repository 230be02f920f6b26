import { z } from 'zod';
import { requireSteps } from './requireSteps.js';
import type { Scheduler } from './scheduler.js';

const configSchema = z.object({
  num_train_timesteps: z.number().int().positive().max(100_000).default(1000),
  /** above 1: more of the steps at high noise */
  shift: z.number().positive().max(1000).default(1),
  use_dynamic_shifting: z.literal(false).default(false),
  invert_sigmas: z.literal(false).default(false),
  shift_terminal: z.null().default(null),
  use_karras_sigmas: z.literal(false).nullable().default(false),
  use_exponential_sigmas: z.literal(false).nullable().default(false),
  use_beta_sigmas: z.literal(false).nullable().default(false),
  stochastic_sampling: z.literal(false).default(false),
});

/**
 * Euler steps along the velocity of a rectified flow: x ← x + (σ' − σ)·v, with v = noise − image and σ from 1 down to 0
 * (diffusers' FlowMatchEulerDiscreteScheduler: σ evenly spaced from 1 to its smallest training value, shifted, then 0).
 */
export function flowMatchEuler(config: unknown = {}): Scheduler {
  const { num_train_timesteps: count, shift } = configSchema.parse(config);
  const shifted = (sigma: number) => (shift * sigma) / (1 + (shift - 1) * sigma);
  return {
    name: 'FlowMatchEulerDiscreteScheduler',
    setTimesteps(steps) {
      requireSteps('flowMatchEuler.setTimesteps', steps, count);
      const last = shifted(1 / count);
      const sigmas = Array.from({ length: steps }, (_, i) =>
        shifted(steps === 1 ? 1 : 1 + ((last - 1) * i) / (steps - 1)),
      );
      sigmas.push(0);
      return {
        timesteps: sigmas.slice(0, -1).map((sigma) => sigma * count),
        initialSigma: 1,
        step({ index, sample, output }) {
          const stride = sigmas[index + 1] - sigmas[index];
          const next = new Float32Array(sample.length);
          for (let i = 0; i < next.length; i++) next[i] = sample[i] + stride * output[i];
          return next;
        },
      };
    },
  };
}
