import { z } from 'zod';
import { InputError } from '../../errors.js';
import { requireSteps } from './requireSteps.js';
import type { Scheduler } from './scheduler.js';

const configSchema = z.object({
  num_train_timesteps: z.number().int().positive().max(100_000).default(1000),
  beta_start: z.number().positive().lt(1).default(0.0001),
  beta_end: z.number().positive().lt(1).default(0.02),
  beta_schedule: z.enum(['linear', 'scaled_linear']).default('linear'),
  clip_sample: z.boolean().default(true),
  clip_sample_range: z.number().positive().default(1),
  set_alpha_to_one: z.boolean().default(true),
  steps_offset: z.number().int().min(0).default(0),
  prediction_type: z.enum(['epsilon', 'sample', 'v_prediction']).default('epsilon'),
  timestep_spacing: z.enum(['leading', 'trailing', 'linspace']).default('leading'),
  thresholding: z.literal(false).default(false),
  rescale_betas_zero_snr: z.literal(false).default(false),
  trained_betas: z.null().optional(),
});

/** ᾱ_t = Π (1 − β_s): how much of the image's variance is left after t + 1 steps of noise. */
function cumulativeAlphas(config: z.infer<typeof configSchema>): number[] {
  const { num_train_timesteps: count, beta_start, beta_end, beta_schedule } = config;
  const root = beta_schedule === 'scaled_linear' ? 0.5 : 1;
  const [low, high] = [beta_start ** root, beta_end ** root];
  let product = 1;
  return Array.from({ length: count }, (_, t) => {
    const beta = (low + ((high - low) * t) / (count - 1)) ** (1 / root);
    product *= 1 - beta;
    return product;
  });
}

/** NumPy's rounding: halves to the even neighbour. */
function roundHalfEven(x: number): number {
  const nearest = Math.round(x);
  return nearest - x === 0.5 && nearest % 2 !== 0 ? nearest - 1 : nearest;
}

function spacedTimesteps(config: z.infer<typeof configSchema>, steps: number): number[] {
  const { num_train_timesteps: count, steps_offset, timestep_spacing } = config;
  const index = (i: number): number => {
    switch (timestep_spacing) {
      case 'leading':
        return (steps - 1 - i) * Math.floor(count / steps) + steps_offset;
      case 'trailing':
        return roundHalfEven(count - (i * count) / steps) - 1;
      case 'linspace':
        return roundHalfEven(((count - 1) * (steps - 1 - i)) / Math.max(1, steps - 1));
    }
  };
  const timesteps = Array.from({ length: steps }, (_, i) => index(i));
  if (timesteps[0] < count) return timesteps;
  throw new InputError({
    where: 'ddim.setTimesteps',
    expected: `timesteps below ${count}, the number the model was trained with`,
    found: `${timesteps[0]}, with ${steps} steps and steps_offset ${steps_offset}`,
    fix: 'take fewer steps, or timestep_spacing "trailing"',
  });
}

/**
 * DDIM (Song et al., 2021, Eq. 12), as diffusers' DDIMScheduler. Stable Diffusion 1.5 uses scaled_linear betas from
 * 0.00085 to 0.012; StableRep's images were made with 50 steps and η = 0.
 * @param eta 0: deterministic; 1: as much noise as the ancestral DDPM sampler
 */
export function ddim(config: unknown = {}, { eta = 0 }: { eta?: number } = {}): Scheduler {
  const settings = configSchema.parse(config);
  const { num_train_timesteps: count, prediction_type, clip_sample, clip_sample_range, set_alpha_to_one } = settings;
  const alphas = cumulativeAlphas(settings);
  const finalAlpha = set_alpha_to_one ? 1 : alphas[0];
  return {
    name: 'DDIMScheduler',
    setTimesteps(steps) {
      requireSteps('ddim.setTimesteps', steps, count);
      const timesteps = spacedTimesteps(settings, steps);
      return {
        timesteps,
        initialSigma: 1,
        step({ index, sample, output, noise }) {
          const previous = timesteps[index] - Math.floor(count / steps);
          const alpha = alphas[timesteps[index]];
          const alphaBefore = previous >= 0 ? alphas[previous] : finalAlpha;
          const [a, b] = [Math.sqrt(alpha), Math.sqrt(1 - alpha)];
          const sigma = eta * Math.sqrt(((1 - alphaBefore) / (1 - alpha)) * (1 - alpha / alphaBefore));
          const towards = Math.sqrt(Math.max(0, 1 - alphaBefore - sigma * sigma));
          const z = sigma > 0 ? requireNoise(noise) : undefined;
          return sample.map((x, i) => {
            const [guess, epsilon] = splitPrediction(prediction_type, x, output[i], a, b);
            const image = clip_sample ? Math.max(-clip_sample_range, Math.min(clip_sample_range, guess)) : guess;
            return Math.sqrt(alphaBefore) * image + towards * epsilon + (z ? sigma * z[i] : 0);
          });
        },
      };
    },
  };
}

/** The clean image and the noise that a prediction stands for, where sample = a·image + b·noise. */
function splitPrediction(
  type: z.infer<typeof configSchema>['prediction_type'],
  x: number,
  y: number,
  a: number,
  b: number,
): [image: number, epsilon: number] {
  switch (type) {
    case 'epsilon':
      return [(x - b * y) / a, y];
    case 'sample':
      return [y, (x - a * y) / b];
    case 'v_prediction':
      return [a * x - b * y, a * y + b * x];
  }
}

function requireNoise(noise: (() => Float32Array) | undefined): Float32Array {
  if (noise) return noise();
  throw new InputError({
    where: 'ddim step',
    expected: 'noise, because η > 0',
    found: 'none',
    fix: 'pass `noise`, or use eta: 0',
  });
}
