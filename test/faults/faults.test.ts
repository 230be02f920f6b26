import { spawnSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { projectPath } from '../../lib/runs/paths.js';

const file = (name: string) => projectPath('test', 'faults', name);
/** Mutates formats of a module in processes of their own, as the campaign does. */
function mutate(
  module: string,
  names: string,
  options: { count: number; limits?: object },
): { counts: object; findings: string[] }[] {
  const script = `
    const { mutateFormat } = await import(${JSON.stringify(new URL('./mutations.mjs', import.meta.url).href)});
    const all = [];
    for (const name of ${JSON.stringify(names.split(' '))})
      all.push(await mutateFormat(${JSON.stringify(new URL(module, import.meta.url).href)}, name, { seed: 1, ...${JSON.stringify(options)} }));
    process.stdout.write(JSON.stringify(all));`;
  const run = spawnSync(process.execPath, ['--input-type=module', '-e', script], { encoding: 'utf8' });
  expect(run.stderr).toBe('');
  return JSON.parse(run.stdout);
}

describe('a slice of the campaign of faults', () => {
  it('finds nothing in damaged lists, pictures and archives', () => {
    const all = mutate('./formats.mjs', 'captionLogGzip conceptsCsv tokenizer png', { count: 20 });
    expect(all.flatMap(({ findings }) => findings)).toEqual([]);
  }, 180_000);

  it('ends with equal bytes after kills of the command line', () => {
    const run = spawnSync(
      process.execPath,
      [file('campaign.mjs'), '--seed', '1', '--only', 'captions', '--kills', '2'],
      {
        encoding: 'utf8',
      },
    );
    expect(run.stdout).toMatch(/^seed 1\ncaptions +2 kills, \d whole runs\n0 findings; again with --seed 1\n$/);
  }, 180_000);

  it('would find what it looks for: stacks, wrong values, hangs, too much memory, crashes', () => {
    const all = mutate('./broken.mjs', 'stack wrong hang memory crash', {
      count: 1,
      limits: { seconds: 0.5, bytes: 2 ** 28 },
    });
    const found = all.map(({ findings }) => findings.map((one) => one.replace(/^(\w+) #0: (\w+)[\s\S]*/, '$1: $2')));
    expect(found).toEqual([['stack: stack'], ['wrong: wrong'], ['hang: hang'], ['memory: memory'], ['crash: crash']]);
  }, 180_000);

  it('runs one of its formats from the command line, and refuses what it does not know', () => {
    const run = (...args: string[]) =>
      spawnSync(process.execPath, [file('campaign.mjs'), ...args], { encoding: 'utf8' });
    const small = run('--seed', '3', '--only', 'conceptsText', '--mutations', '5');
    expect(small.stdout).toMatch(/^seed 3\nconceptsText +\d accepted, \d refused\n0 findings; again with --seed 3\n$/);
    expect(small.status).toBe(0);
    const wrong = run('--only', 'zebra');
    expect([wrong.status, wrong.stderr]).toEqual([2, 'unknown: zebra; see --help\n']);
  }, 180_000);
});
