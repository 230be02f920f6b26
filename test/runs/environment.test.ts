import { expect, it } from 'vitest';
import { computeThreads } from '../../lib/runs/cores.js';
import { fromEnvironment } from '../../lib/runs/environment.js';

it('takes an empty variable as one that is not set', () => {
  const env = { A: 'xla', B: '', C: ' ', D: ' 2 ' };
  expect(['A', 'B', 'C', 'D', 'E'].map((name) => fromEnvironment(name, env))).toEqual([
    'xla',
    undefined,
    undefined,
    '2',
    undefined,
  ]);
});

it('counts cores where SYNCLR_THREADS is empty', () => {
  const before = process.env.SYNCLR_THREADS;
  try {
    process.env.SYNCLR_THREADS = '';
    expect(computeThreads({ cores: 3 })).toBe(3);
  } finally {
    if (before === undefined) delete process.env.SYNCLR_THREADS;
    else process.env.SYNCLR_THREADS = before;
  }
});
