import { readdirSync, readFileSync, statSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { readNotebook } from '../lib/notebook/index.js';
import { projectPath, readJson } from '../lib/runs/index.js';
import { COURSE, solutionsOf } from './course.js';

const names = readdirSync(projectPath('notebooks')).filter((name) => name.endsWith('.ipynb'));

const { dependencies } = readJson<{ dependencies: Record<string, string> }>(projectPath('lib', 'package.json'));
const allowed = new RegExp(`^(synclr|node:.+|${Object.keys(dependencies).join('|')})(/.+)?$`);

describe.each(names)('notebooks/%s', (name) => {
  const notebook = readNotebook(projectPath('notebooks', name));
  const code = notebook.cells.filter((cell) => cell.cell_type === 'code');
  const prose = notebook.cells.filter((cell) => cell.cell_type === 'markdown');

  it('was run whole, in order, without an error', () => {
    expect(code.map((cell) => cell.execution_count)).toEqual(code.map((_, i) => i + 1));
    const errors = code.flatMap((cell) => cell.outputs ?? []).filter((output) => output.output_type === 'error');
    expect(errors).toEqual([]);
  });

  it("imports what a reader can look up: 'synclr' and the packages that it is made of", () => {
    const source = code.map((cell) => cell.source).join('\n');
    const imported = [...source.matchAll(/from\s+['"]([^'"]+)['"]|require\(['"]([^'"]+)['"]\)/g)].map(
      (m) => m[1] ?? m[2],
    );
    expect(imported.some((from) => /^synclr(\/|$)/.test(from))).toBe(true);
    for (const from of imported) expect(from).toMatch(allowed);
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

it('all notebooks are written as notebooks/README.md asks', () => {
  expect(Object.keys(COURSE).sort()).toEqual([...names].sort());
});

describe.each(Object.keys(COURSE))('notebooks/%s, as notebooks/README.md asks', (name) => {
  const notebook = readNotebook(projectPath('notebooks', name));
  const prose = notebook.cells.filter((cell) => cell.cell_type === 'markdown').map((cell) => cell.source);

  it('begins with how long it takes, what it trains, reads and needs', () => {
    expect(prose[0]).toMatch(/^# .+\n\n> \*\*Time\*\* .+ · \*\*Trains\*\* .+ · \*\*Reads\*\* .+ · \*\*Needs\*\* .+\n/);
  });

  it('lets the reader predict, and sets three exercises with folded solutions', () => {
    const text = prose.join('\n');
    expect(text).toMatch(/\*\*Predict before you run\.\*\*/);
    const exercises = text.slice(text.search(/^## Exercises$/m)).match(/^\*\*\d\.\*\* /gm) ?? [];
    expect(exercises.length).toBeGreaterThanOrEqual(3);
    const solutions = solutionsOf(notebook);
    expect(solutions).toHaveLength(exercises.length);
    for (const solution of solutions) expect(solution.trim()).not.toBe('');
  });

  it('is no larger than 1.5 MB', () => {
    expect(statSync(projectPath('notebooks', name)).size).toBeLessThan(1.5e6);
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
