import { z } from 'zod';
import { InputError } from '../../errors.js';
import { ddim } from './ddim.js';
import { flowMatchEuler } from './flowMatchEuler.js';
import type { Scheduler } from './scheduler.js';

const SCHEDULERS: Record<string, (config: unknown, options: { eta?: number }) => Scheduler> = {
  FlowMatchEulerDiscreteScheduler: (config) => flowMatchEuler(config),
  DDIMScheduler: (config, options) => ddim(config, options),
};

/**
 * The scheduler that a scheduler_config.json asks for.
 * @param as another scheduler to use with the same noise schedule: Stable Diffusion 1.5 ships with PNDM, and DDIM is wanted
 * @throws InputError when it is none of those here, or a setting is not supported
 */
export function openScheduler(
  config: unknown,
  { where = 'scheduler_config.json', as, eta }: { where?: string; as?: string; eta?: number } = {},
): Scheduler {
  const named =
    typeof config === 'object' && config !== null && '_class_name' in config ? config._class_name : undefined;
  const name = String(as ?? named);
  const make = SCHEDULERS[name];
  if (!make) {
    throw new InputError({
      where,
      expected: `_class_name one of ${Object.keys(SCHEDULERS).join(', ')}`,
      found: name,
      fix: 'choose one of these with the option `scheduler`, if the model was trained with the same noise schedule',
    });
  }
  try {
    return make(config, { eta });
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
