import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { InputError } from '../../lib/errors.js';
import { cachePath } from '../../lib/runs/cachePath.js';

let root: string;
beforeEach(() => {
  root = path.join(mkdtempSync(path.join(tmpdir(), 'cache-')), 'a');
  mkdirSync(root);
});
afterEach(() => rmSync(path.dirname(root), { recursive: true }));

it('is where the thing is, or the first folder that can be written', () => {
  // No folder can be below a file, for root neither.
  writeFileSync(path.join(root, 'file'), '');
  const [closed, first, second] = ['file/below', 'first', 'second'].map((name) => path.join(root, name));
  expect(cachePath('x.bin', [closed, first, second])).toBe(path.join(first, 'x.bin'));
  expect(readdirSync(first)).toEqual([]);
  mkdirSync(second);
  writeFileSync(path.join(second, 'x.bin'), '');
  expect(cachePath('x.bin', [closed, first, second])).toBe(path.join(second, 'x.bin'));
  expect(() => cachePath('x.bin', [closed])).toThrow(InputError);
  expect(() => cachePath('x.bin', [closed])).toThrow(/SYNCLR_RUNS/);
});
