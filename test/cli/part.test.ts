import { describe, expect, it } from 'vitest';
import { parsePart, partFile } from '../../lib/cli/part.js';
import { itemsOfPart } from '../../lib/runs/part.js';

describe('parts', () => {
  const slurm = { SLURM_ARRAY_TASK_ID: '5', SLURM_ARRAY_TASK_MIN: '1', SLURM_ARRAY_TASK_COUNT: '8' };
  const kubernetes = { JOB_COMPLETION_INDEX: '0' };

  it.each([
    ['0/8', {}, { index: 0, of: 8 }],
    ['7/8', slurm, { index: 7, of: 8 }],
    ['auto', slurm, { index: 4, of: 8 }],
    ['auto/64', { ...slurm, SLURM_ARRAY_TASK_COUNT: '1' }, { index: 5, of: 64 }],
    ['auto/4', kubernetes, { index: 0, of: 4 }],
    ['auto', { ...kubernetes, JOB_COMPLETIONS: '16' }, { index: 0, of: 16 }],
  ])('%s is read', (text, env, part) => {
    expect(parsePart(text, undefined, env)).toEqual(part);
  });

  it.each([
    ['8/8', {}],
    ['1', {}],
    ['-1/4', {}],
    ['auto', {}],
    ['auto', kubernetes],
    ['auto/4', slurm],
  ])('%s is refused', (text, env) => {
    expect(() => parsePart(text, undefined, env)).toThrow(/--part[\s\S]*0\/8/);
  });

  it('share all items, none twice', () => {
    const items = Array.from({ length: 23 }, (_, i) => i);
    const parts = [0, 1, 2, 3].map((index) => itemsOfPart(items, { index, of: 4 }));
    expect(parts.flat().sort((a, b) => a - b)).toEqual(items);
    expect(itemsOfPart(items)).toEqual(items);
  });

  it('name their files', () => {
    expect(partFile('runs/captions.jsonl.gz', { index: 2, of: 8 })).toBe('runs/captions.part-2-of-8.jsonl.gz');
  });
});
