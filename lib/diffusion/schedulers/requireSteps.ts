import { InputError } from '../../errors.js';

/** @throws InputError unless `steps` is a whole number from 1 to `most` */
export function requireSteps(where: string, steps: number, most: number): void {
  if (Number.isInteger(steps) && steps >= 1 && steps <= most) return;
  throw new InputError({
    where,
    expected: `a whole number of steps from 1 to ${most}`,
    found: String(steps),
    fix: 'give --steps 50 for DDIM, 25 for a flow',
  });
}
