import type { Spread } from '../engine/step.js';
import { InputError } from '../errors.js';
import type { EncoderConfig } from './config.js';
import type { CropsAt } from './crops.js';
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
export function spreadOf(config: EncoderConfig, cropsAt: CropsAt = 'host'): Spread {
  const { locals } = config.crops;
  const { cropsPerImage } = objectiveOf(config);
  const cut = cropsAt === 'host';
  return {
    rows: {
      ...(cut ? { crops: cropsPerImage } : { pictures: cropsPerImage, cropDraws: cropsPerImage }),
      ...(locals > 0 && (cut ? { locals } : { localDraws: locals })),
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
