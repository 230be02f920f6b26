import { InputError } from '../../errors.js';
import type { Experiment } from '../experiment.js';
import { figure1 } from './figure1.js';
import { length } from './length.js';
import { maskedPatches } from './maskedPatches.js';
import { negatives } from './negatives.js';
import { onePlace } from './onePlace.js';
import { positives } from './positives.js';
import { realVsSynthetic } from './realVsSynthetic.js';
import { scaling } from './scaling.js';
import { table2 } from './table2.js';
import { table2Controls } from './table2Controls.js';
import { table3 } from './table3.js';
import { table4 } from './table4.js';
import { table5 } from './table5.js';
import { table5Controls } from './table5Controls.js';
import { table10 } from './table10.js';
import { teacherMomentum } from './teacherMomentum.js';
import { writer } from './writer.js';

/** All experiments, the most telling first: the order in which `experiment all` runs them. */
export const EXPERIMENTS: readonly Experiment[] = [
  table4,
  table10,
  table5,
  figure1,
  table2,
  maskedPatches,
  scaling,
  table3,
  positives,
  realVsSynthetic,
  onePlace,
  table5Controls,
  table2Controls,
  writer,
  length,
  teacherMomentum,
  negatives,
];

/** Experiments by their ids; `all` is all of them. @throws InputError for another name */
export function experimentsNamed(ids: readonly string[]): Experiment[] {
  if (ids.includes('all')) return [...EXPERIMENTS];
  return [...new Set(ids)].map((id) => {
    const found = EXPERIMENTS.find((experiment) => experiment.id === id);
    if (found) return found;
    throw new InputError({
      where: 'experiment',
      expected: `all, or of ${EXPERIMENTS.map((experiment) => experiment.id).join(', ')}`,
      found: id,
      fix: 'see --list',
    });
  });
}
