import { InputError } from '../../errors.js';
import type { Background } from './background.js';
import { beach } from './beach.js';
import { brickWall } from './brickWall.js';
import { cityStreet } from './cityStreet.js';
import { desert } from './desert.js';
import { forest } from './forest.js';
import { meadow } from './meadow.js';
import { mountains } from './mountains.js';
import { nightSky } from './nightSky.js';
import { sea } from './sea.js';
import { snow } from './snow.js';
import { studio } from './studio.js';
import { woodenTable } from './woodenTable.js';

export type { Background } from './background.js';

/** Every place of the world; labels of backgrounds are indices into this list. */
export const BACKGROUNDS: readonly Background[] = [
  meadow,
  beach,
  snow,
  nightSky,
  desert,
  sea,
  forest,
  mountains,
  cityStreet,
  brickWall,
  woodenTable,
  studio,
];

/** The place of that name. Throws InputError for a name that the world lacks. */
export function backgroundNamed(name: string): Background {
  const found = BACKGROUNDS.find((background) => background.name === name);
  if (found) return found;
  throw new InputError({
    where: `background '${name}'`,
    expected: BACKGROUNDS.map((background) => background.name).join(', '),
    found: `'${name}'`,
    fix: 'use one of these names',
  });
}
