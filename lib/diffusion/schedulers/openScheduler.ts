import { z } from 'zod';
import { InputError } from '../../errors.js';
import { ddim } from './ddim.js';
import { flowMatchEuler } from './flowMatchEuler.js';
import type { Scheduler } from './scheduler.js';

/** The schedulers there are: a short name, diffusers' class name and how one is made. */
const SCHEDULERS = {
  ddim: { className: 'DDIMScheduler', make: ddim },
  flowMatchEuler: { className: 'FlowMatchEulerDiscreteScheduler', make: flowMatchEuler },
} satisfies Record<string, { className: string; make: (config: unknown, options: { eta?: number }) => Scheduler }>;

/** Settings that diffusers' pipelines give a scheduler of latents (StableDiffusionPipeline's constructor). */
const LATENT = { clip_sample: false, steps_offset: 1 };

export type SchedulerName = keyof typeof SCHEDULERS;
export const SCHEDULER_NAMES = Object.keys(SCHEDULERS) as SchedulerName[];

/**
 * The scheduler that a scheduler_config.json asks for.
 * @param as another one, with the settings in the file: Stable Diffusion 1.5 ships with PNDM, and DDIM is wanted
 * @param latent whether a decoder makes the images of what is denoised: then samples are not clipped and timesteps begin at
 * 1, whatever the file says or leaves out, as diffusers' pipelines of Stable Diffusion have it
 * @throws InputError when it is none of those here, or a setting is not supported
 */
export function openScheduler(
  config: unknown,
  {
    where = 'scheduler_config.json',
    as,
    eta,
    latent = false,
  }: { where?: string; as?: SchedulerName; eta?: number; latent?: boolean } = {},
): Scheduler {
  const given = config as { _class_name?: string } | null;
  const chosen = Object.entries(SCHEDULERS).find(([name, { className }]) =>
    as ? name === as : className === given?._class_name,
  );
  if (!chosen) {
    throw new InputError({
      where,
      expected: `_class_name one of ${Object.values(SCHEDULERS)
        .map(({ className }) => className)
        .join(', ')}`,
      found: String(as ?? given?._class_name),
      fix: `choose one with --scheduler (${SCHEDULER_NAMES.join(', ')}); 'ddim' does for models made for PNDM`,
    });
  }
  const [name, { make }] = chosen;
  try {
    return make(latent ? { ...given, ...LATENT } : config, { eta });
  } catch (error) {
    if (!(error instanceof z.ZodError)) throw error;
    const issue = error.issues[0];
    throw new InputError({
      where: `${where}, ${issue.path.join('.')}`,
      expected: `a setting that ${name} supports`,
      found: issue.message,
      fix: 'change this setting',
    });
  }
}
