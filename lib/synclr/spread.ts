import type { Spread } from '../engine/step.js';
import { InputError } from '../errors.js';
import type { EncoderConfig } from './config.js';
import { objectiveOf } from './objectives.js';

/** Which host of a job, and of how many. */
export interface HostShare {
  readonly index: number;
  readonly of: number;
}

/**
 * How a training step is spread over devices: images and their crops by rows; every device has the
 * captions and the student, and a part of its moments and its teacher.
 */
export function spreadOf(config: EncoderConfig): Spread {
  const { crops } = config;
  return {
    rows: {
      crops: objectiveOf(config).cropsPerImage,
      ...(crops.locals > 0 && { locals: crops.locals }),
    },
    share: (name) => !name.startsWith('student.'),
  };
}

/** Where the rows of a host begin and end. @throws InputError for rows that do not divide among the hosts */
export function rowsOfHost(count: number, { index, of }: HostShare): [from: number, to: number] {
  if (count % of === 0) return [(index * count) / of, ((index + 1) * count) / of];
  throw new InputError({
    where: `a batch over ${of} hosts`,
    expected: 'as many rows for each',
    found: `${count} rows`,
    fix: 'choose a batch that is a multiple of the hosts',
  });
}
