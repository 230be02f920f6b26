import { spawnSync } from 'node:child_process';
import {
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

let folder: string;
const at = (name: string) => path.join(folder, 'lib', name);
const build = () => spawnSync(process.execPath, [at('build.mjs')], { encoding: 'utf8' });
const stamp = () => statSync(at('dist/.built')).mtimeMs;
let clock = Date.now() / 1000 - 1000;
/** Writes a source, with the time of writing on a clock of its own: tests are faster than file systems' clocks. */
const write = (text: string) => {
  writeFileSync(at('a.ts'), text);
  clock += 100;
  for (const one of [at('a.ts'), at('.')]) utimesSync(one, clock, clock);
};

beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'build-'));
  mkdirSync(at('.'), { recursive: true });
  copyFileSync('lib/build.mjs', at('build.mjs'));
  symlinkSync(path.resolve('node_modules'), path.join(folder, 'node_modules'));
  const compilerOptions = {
    outDir: 'dist',
    rootDir: '.',
    composite: true,
    module: 'nodenext',
    target: 'es2022',
    types: [],
  };
  writeFileSync(at('tsconfig.json'), JSON.stringify({ compilerOptions, include: ['*.ts'] }));
  writeFileSync(at('package.json'), '{"type": "module"}');
  for (const name of ['tsconfig.json', 'package.json']) utimesSync(at(name), clock, clock);
});

afterAll(() => rmSync(folder, { recursive: true }));

describe('build', () => {
  it('compiles what is new, and nothing a second time', () => {
    write('export const a: number = 1;\n');
    expect(build().status).toBe(0);
    expect(readFileSync(at('dist/a.js'), 'utf8')).toContain('a = 1');
    const first = stamp();
    expect(build().status).toBe(0);
    expect(stamp()).toBe(first);
  });

  it('compiles again when a source is newer than the last compilation', () => {
    clock = Date.now() / 1000 + 10;
    write('export const a: number = 2;\n');
    expect(build().status).toBe(0);
    expect(readFileSync(at('dist/a.js'), 'utf8')).toContain('a = 2');
  });

  it('ends with the compiler’s code and words where there is an error, every time until it is mended', () => {
    write('export const a: number = "two";\n');
    for (const _ of [1, 2]) {
      const { status, stderr } = build();
      expect(status).toBeGreaterThan(0);
      expect(stderr).toContain('TS2322');
    }
    write('export const a: number = 3;\n');
    expect(build().status).toBe(0);
    expect(readFileSync(at('dist/a.js'), 'utf8')).toContain('a = 3');
  });
});
