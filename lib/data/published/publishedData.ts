import { InputError } from '../../errors.js';
import { aircraft } from './aircraft.js';
import { caltech101 } from './caltech101.js';
import { cars } from './cars.js';
import { cifar10, cifar100 } from './cifar.js';
import { dtd } from './dtd.js';
import { flowers } from './flowers.js';
import { food101 } from './food101.js';
import { imagenet } from './imagenet.js';
import { pets } from './pets.js';
import type { PublishedData } from './publishedSet.js';
import { sun397 } from './sun397.js';
import { voc2007 } from './voc2007.js';

/**
 * The data sets of the paper's classification tables (6 and its like) and CIFAR, each read as its publishers lay it out, in a
 * folder that the user has. ADE20k, for segmentation, is `openAde20k`.
 */
export const PUBLISHED_DATA: readonly PublishedData[] = [
  aircraft,
  cars,
  dtd,
  flowers,
  pets,
  sun397,
  caltech101,
  food101,
  voc2007,
  cifar10,
  cifar100,
  imagenet,
];

/** @throws InputError for another name */
export function publishedData(name: string): PublishedData {
  const found = PUBLISHED_DATA.find((data) => data.name === name.toLowerCase());
  if (found) return found;
  throw new InputError({
    where: '--data-set',
    expected: `one of ${PUBLISHED_DATA.map((data) => data.name).join(', ')}`,
    found: name,
    fix: 'ade20k is for `synclr segment`; sets of your own go to `--folders`',
  });
}
