import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { readNotebook } from '../lib/notebook/index.js';
import { projectPath } from '../lib/runs/index.js';

const names = readdirSync(projectPath('notebooks')).filter((name) => name.endsWith('.ipynb'));

describe.each(names)('notebooks/%s', (name) => {
  const notebook = readNotebook(projectPath('notebooks', name));
  const code = notebook.cells.filter((cell) => cell.cell_type === 'code');
  const prose = notebook.cells.filter((cell) => cell.cell_type === 'markdown');

  it('was run whole, in order, without an error', () => {
    expect(code.map((cell) => cell.execution_count)).toEqual(code.map((_, i) => i + 1));
    const errors = code.flatMap((cell) => cell.outputs ?? []).filter((output) => output.output_type === 'error');
    expect(errors).toEqual([]);
  });

  it("imports only from 'synclr' and holds no logic of its own", () => {
    const source = code.map((cell) => cell.source).join('\n');
    const imported = [...source.matchAll(/from\s+['"]([^'"]+)['"]|require\(['"]([^'"]+)['"]\)/g)].map(
      (m) => m[1] ?? m[2],
    );
    expect(imported.filter((name) => !/^synclr(\/\w+)?$/.test(name))).toEqual([]);
    expect(source).not.toMatch(/^\s*(async\s+)?(class|function)\s+\w/m);
  });

  it('can be read: it asks a question, says what to notice and sets an exercise', () => {
    const text = prose.map((cell) => cell.source).join('\n');
    expect(text).toMatch(/^# /m);
    expect(text).toMatch(/\?/);
    expect(text).toMatch(/notice/i);
    expect(text).toMatch(/exercise/i);
    expect(text.split(/\s+/).length).toBeGreaterThan(200);
  });

  it('names no place of the machine that ran it', () => {
    const text = readFileSync(projectPath('notebooks', name), 'utf8');
    expect(text).not.toContain(projectPath());
  });
});

describe('figures/', () => {
  const files = readdirSync(projectPath('figures'));
  const figures = [...new Set(files.map((file) => file.replace(/\.\w+$/, '')))].filter((name) => name !== 'README');

  it.each(figures)('%s is there as a picture, with the data it was made from', (name) => {
    expect(files).toContain(`${name}.png`);
    const { data } = JSON.parse(readFileSync(projectPath('figures', `${name}.json`), 'utf8'));
    expect(data).toBeDefined();
  });
});
