import { mkdirSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { InputError } from '../../lib/errors.js';
import { inWords, systemProblem } from '../../lib/runs/systemProblem.js';

const failure = (code: string, more: object = {}) => Object.assign(new Error(`${code}: it says`), { code, ...more });

describe('systemProblem', () => {
  it.each([
    ['ENOSPC', /room on the disk[\s\S]*free some space/],
    ['EROFS', /may read and write[\s\S]*permissions/],
    ['EACCES', /may read and write[\s\S]*permissions/],
    ['EMFILE', /fewer open files[\s\S]*ulimit -n/],
    ['ENOMEM', /enough memory[\s\S]*smaller batches/],
    ['EAGAIN', /another process or thread[\s\S]*fewer workers/],
  ])('%s in words, with the path that the system names', (code, message) => {
    const problem = systemProblem(failure(code, { path: '/x/y' }));
    expect(problem?.where).toBe('/x/y');
    expect(problem?.message).toMatch(message);
  });

  it.each(['std::bad_alloc', 'Array buffer allocation failed', 'Failed to allocate memory for requested buffer'])(
    '%s is a lack of memory',
    (said) => expect(systemProblem(new RangeError(said))?.expected).toBe('enough memory'),
  );

  it('a folder that cannot be made is told as ENOENT where a disk is read-only', () => {
    expect(systemProblem(failure('ENOENT', { syscall: 'mkdir', path: '/x' }))?.fix).toMatch(/permissions/);
    expect(systemProblem(failure('ENOENT', { syscall: 'open', path: '/x' }))?.fix).toMatch(/check the path/);
  });

  it('a folder that cannot be made behind a link which leads nowhere is told so', () => {
    const folder = mkdtempSync(path.join(tmpdir(), 'lost-'));
    const link = path.join(folder, 'link');
    symlinkSync('nowhere', link);
    expect(() => inWords(link, () => mkdirSync(link, { recursive: true }))).toThrow(
      /mend the link, which leads nowhere/,
    );
    rmSync(folder, { recursive: true });
  });

  it('leaves mistakes of ours alone, and errors that are told already', () => {
    expect(systemProblem(new TypeError('x is not a function'))).toBeUndefined();
    expect(systemProblem('text')).toBeUndefined();
    const told = new InputError({ where: 'a', expected: 'b', found: 'c', fix: 'd' });
    expect(systemProblem(told)).toBe(told);
    expect(() =>
      inWords('x', () => {
        throw new TypeError('a bug');
      }),
    ).toThrow(TypeError);
  });
});
