import { InputError } from '../../errors.js';
import { FINE_GRAINED_TASKS } from './fineGrained.js';
import type { EvaluationTask } from './task.js';
import { UNSEEN_TASKS } from './unseen.js';

/** The tasks of the emoji world: the nine of Table 6's places, then the six of Table 9's. */
export const EVALUATION_TASKS: readonly EvaluationTask[] = [...FINE_GRAINED_TASKS, ...UNSEEN_TASKS];

/**
 * Tasks by their names, or by those of their groups, in the order of the names, each once.
 * @throws InputError for a name that no task and no group has
 */
export function tasksNamed(names: readonly string[]): EvaluationTask[] {
  const all = names.flatMap((name) => {
    const found = EVALUATION_TASKS.filter((task) => task.name === name || task.group === name);
    if (found.length > 0) return found;
    throw new InputError({
      where: '--tasks',
      expected: `fine-grained, unseen, or of ${EVALUATION_TASKS.map((task) => task.name).join(', ')}`,
      found: name,
      fix: 'choose among these; names of several words want quotes',
    });
  });
  return [...new Set(all)];
}
