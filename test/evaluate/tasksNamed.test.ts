import { describe, expect, it } from 'vitest';
import { EVALUATION_TASKS, FINE_GRAINED_TASKS, tasksNamed } from '../../lib/evaluate/index.js';
import { experimentSettings } from '../../lib/experiments/index.js';
import { PROTOCOLS } from '../../lib/tiers/index.js';

describe('tasksNamed', () => {
  it('finds tasks by name, in the order asked, and groups', () => {
    expect(tasksNamed(['places', 'vehicles']).map(({ name }) => name)).toEqual(['places', 'vehicles']);
    expect(tasksNamed(['fine-grained'])).toEqual(FINE_GRAINED_TASKS);
    expect(tasksNamed(['fine-grained', 'unseen'])).toEqual(EVALUATION_TASKS);
    // Each once: a row twice would only look like more.
    expect(tasksNamed(['places', 'fine-grained', 'places'])).toHaveLength(FINE_GRAINED_TASKS.length);
  });

  it('refuses a name that there is not, instead of leaving it out', () => {
    expect(() => tasksNamed(['vehicles', 'planes'])).toThrow(/--tasks[\s\S]*aircraft and boats[\s\S]*planes/);
  });

  it('knows every task that a protocol or an experiment names', () => {
    for (const tier of ['smoke', 'laptop'] as const) {
      const named = (PROTOCOLS.transfer.at(tier).config as { tasks: string[] }).tasks;
      expect(tasksNamed(named)).toHaveLength(named.length);
      const { names } = experimentSettings(tier).scoring.tasks;
      expect(tasksNamed(names)).toHaveLength(names.length);
    }
  });
});
