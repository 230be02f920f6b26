import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { projectPath } from '../../lib/runs/paths.js';
import { readRunRecord } from '../../lib/runs/record.js';

const folder = mkdtempSync(path.join(tmpdir(), 'experiment-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** Runs the built command line as a user would. */
const experiment = (...args: string[]) => {
  const main = projectPath('lib', 'dist', 'cli', 'main.js');
  const { status, stdout, stderr } = spawnSync(process.execPath, [main, 'experiment', ...args], { encoding: 'utf8' });
  return { status, said: stdout + stderr };
};
// Seed 9: a user's own smoke runs are not in the way.
const smoke = ['real-vs-synthetic', '--tier', 'smoke', '--seeds', '9'];
const where = ['--work', path.join(folder, 'work'), '--results', path.join(folder, 'records')];

describe('synclr experiment', () => {
  it('lists the experiments', () => {
    const { status, said } = experiment('--list');
    expect(status).toBe(0);
    expect(said).toMatch(/^table4 +Table 4: What do the teacher/m);
  });

  it('runs what needs no pictures in two processes, records it, and fails for the rest alone', () => {
    const args = [...smoke, '--skip-images', '--processes', '2', ...where];
    const { status, said } = experiment(...args);
    expect(said).toMatch(/finished simclr-1x32-scenes-64-s9-.*probe \d/);
    expect(said).toMatch(/FAILED +stablerep.*pictures are missing/);
    expect(said).toMatch(/2 finished, 2 failed, 0 stopped, 0 not begun/);
    expect(said).toMatch(/^SimCLR, real +\d+\.\d \(–\).*seeds?$/m);
    expect(status).toBe(1);
    const names = readdirSync(path.join(folder, 'records'));
    expect(names.map((name) => readRunRecord(path.join(folder, 'records', name)).config.images)).toEqual([
      expect.objectContaining({ real: 'generator' }),
      expect.objectContaining({ real: 'generator' }),
    ]);

    const again = experiment(...smoke, '--resume', '--dry-run', ...where);
    expect(again.said).toMatch(/^simclr-1x32-scenes-64-s9-\S+ +done/m);
    expect(again.said).toMatch(/4 runs, 2 done/);
  });

  it.each([
    ['no name', [], /expected: ids of experiments/],
    ['a name that there is not', ['table99'], /table99/],
    ['a seed that is none', ['table5', '--seeds', '0,x'], /--seeds/],
    ['half a process', ['table5', '--processes', '1.5'], /a whole number/],
  ])('says in words what is wrong: %s', (_what, args, message) => {
    const { status, said } = experiment(...args);
    expect(said).toMatch(message);
    expect(said).not.toMatch(/\n\s+at /);
    expect(status).toBe(1);
  });
});
