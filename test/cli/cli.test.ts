import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { projectPath } from '../../lib/runs/index.js';

/** Runs the built command line as a user would. */
const synclr = (...args: string[]) => {
  const run = spawnSync(process.execPath, [projectPath('lib', 'dist', 'cli', 'main.js'), ...args], {
    encoding: 'utf8',
  });
  return { status: run.status, said: run.stdout + run.stderr };
};
const folder = mkdtempSync(path.join(tmpdir(), 'cli-'));

describe('what a user gets wrong is told in words, without a stack, and with exit code 1', () => {
  it.each([
    ['a language model that is not there', ['captions', '--gguf', path.join(folder, 'none.gguf')], /none\.gguf/],
    ['a tier that does not exist', ['reproduce', '--tier', 'huge'], /one of smoke, laptop[\s\S]*huge/],
    ['no notebook of that name', ['reproduce', '--only', 'zebra'], /none whose name contains zebra/],
    ['an image set that is not there', ['train-encoder', '--images', path.join(folder, 'none')], /manifest\.json/],
    ['an unknown objective', ['train-encoder', '--objective', 'magic'], /synclr or stablerep[\s\S]*magic/],
    ['a model folder that is not one', ['generate', '--model', folder], /model_index\.json/],
  ])('%s', (_what, args, message) => {
    const { status, said } = synclr(...args);
    expect(said).toMatch(message);
    expect(said).not.toMatch(/\n\s+at /);
    expect(status).toBe(1);
  });

  it('a concept list with a duplicate and an empty line names the lines', () => {
    const gguf = path.join(folder, 'empty.gguf');
    writeFileSync(gguf, 'GGUF');
    const list = path.join(folder, 'concepts.txt');
    writeFileSync(list, 'zebra\nrevolver\nzebra\n');
    expect(synclr('captions', '--gguf', gguf, '--concepts', list).said).toMatch(/concepts\.txt[\s\S]*1[\s\S]*3/);
    writeFileSync(list, 'zebra\n\nrevolver\n');
    expect(synclr('captions', '--gguf', gguf, '--concepts', list).said).toMatch(/concepts\.txt[\s\S]*2/);
  });
});

describe('convert', () => {
  it('turns a notebook into text and back', () => {
    const text = path.join(folder, 'a.ts');
    const notebook = path.join(folder, 'a.ipynb');
    writeFileSync(text, '// %% [markdown]\n/*\n# Hello\n*/\n\n// %%\nconst x = 1;\n');
    expect(synclr('convert', text, notebook).status).toBe(0);
    expect(existsSync(notebook)).toBe(true);
    const again = path.join(folder, 'b.ts');
    expect(synclr('convert', notebook, again).status).toBe(0);
    expect(readFileSync(again, 'utf8')).toBe(readFileSync(text, 'utf8'));
  });
});
