import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { temporaryFolder } from '../../lib/runs/temporaryFolder.js';

const before = process.env.TMPDIR;
let root: string;
beforeEach(() => {
  root = mkdtempSync(path.join(tmpdir(), 'temporary-'));
  process.env.TMPDIR = root;
});
afterEach(() => {
  if (before === undefined) delete process.env.TMPDIR;
  else process.env.TMPDIR = before;
  rmSync(root, { recursive: true });
});

it('makes a private folder, and deletes those of killed processes of the same kind alone', () => {
  const dead = spawnSync(process.execPath, ['-e', '']).pid;
  const put = (name: string) => {
    mkdirSync(path.join(root, name));
    writeFileSync(path.join(root, name, 'socket'), '');
    return path.join(root, name);
  };
  const gone = put(`synclr-kernel-${dead}-abcdef`);
  const kept = [
    put(`synclr-kernel-${process.pid}-abcdef`), // of a process that lives
    put(`synclr-int8-${dead}-abcdef`), // of another kind
    put(`synclr-kernel-${dead}-abcdef-mine`),
    put('synclr-kernel-abcdef'),
  ];
  const link = path.join(root, `synclr-kernel-${dead}-ghijkl`);
  symlinkSync(kept[2], link);
  const made = temporaryFolder('kernel');
  expect(path.basename(made)).toMatch(new RegExp(`^synclr-kernel-${process.pid}-`));
  expect(statSync(made).mode & 0o777).toBe(0o700);
  expect(existsSync(gone)).toBe(false);
  for (const folder of kept) expect(existsSync(path.join(folder, 'socket')), folder).toBe(true);
});
