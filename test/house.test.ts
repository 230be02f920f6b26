import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import * as root from '../lib/index.js';
import { readNotebook } from '../lib/notebook/document.js';
import { projectPath } from '../lib/runs/paths.js';

const library = projectPath('lib');
const files = (readdirSync(library, { recursive: true }) as string[])
  .map((file) => file.split(path.sep).join('/'))
  .filter((file) => file.endsWith('.ts') && !/^(dist|node_modules)\//.test(file));

/** What test/importRule.mjs says of the repository, or of a small one. */
function importRule(made?: Record<string, string>): string[] {
  const folder = made && mkdtempSync(path.join(tmpdir(), 'house-'));
  for (const [file, text] of Object.entries(made ?? {})) {
    mkdirSync(path.dirname(path.join(folder!, file)), { recursive: true });
    writeFileSync(path.join(folder!, file), text);
  }
  const args = [projectPath('test', 'importRule.mjs'), ...(folder ? [folder] : [])];
  const { status, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8' });
  if (folder) rmSync(folder, { recursive: true });
  const lines = stderr.split('\n').filter(Boolean);
  expect(status).toBe(lines.length > 0 ? 1 : 0);
  return lines;
}

describe('imports in lib', () => {
  it('keep the rule of CONTRIBUTING.md', () => {
    expect(importRule()).toEqual([]);
  });

  it('are refused where they go up, sideways, in circles, or through the door of another room', () => {
    const floors = '```floors\ntop\nleft  right\nlow\n```\n';
    const from = (...files: string[]) => files.map((file) => `import { x } from '${file}.js';\n`).join('');
    const lines = importRule({
      'CONTRIBUTING.md': floors,
      'lib/index.ts': from('./top/index'),
      'lib/top/index.ts': from('./a'),
      'lib/top/a.ts': from('../low/a', '../low/index', './b'),
      'lib/top/b.ts': `export const later = () => import('./a.js');\n`,
      'lib/left/a.ts': from('../right/a', '../low/a'),
      'lib/right/a.ts': from('../top/a'),
      'lib/low/index.ts': '',
      'lib/low/a.ts': '',
      'lib/attic/a.ts': '',
    });
    expect(lines.map((line) => line.split(':')[0]).sort()).toEqual([
      'attic/a.ts',
      'left/a.ts → right/a.ts',
      'right/a.ts → top/a.ts',
      'top/a.ts → low/index.ts',
      'top/a.ts → top/b.ts → top/a.ts',
    ]);
  });
});

describe('doors', () => {
  it('the root exports at most 200 values; it and the rooms hold what notebooks import of them', async () => {
    expect(Object.keys(root).length).toBeLessThanOrEqual(200);
    const names = readdirSync(projectPath('notebooks')).filter((name) => name.endsWith('.ipynb'));
    const cells = names.flatMap((name) => readNotebook(projectPath('notebooks', name)).cells);
    const imported = cells
      .filter(({ cell_type }) => cell_type === 'code')
      .flatMap(({ source }) => [...source.matchAll(/import \{([^}]*)\} from 'synclr(?:\/(\w+))?'/g)])
      .flatMap(([, list, room]) => list.split(',').map((name) => ({ name: name.trim().split(' as ')[0], room })))
      .filter(({ name }) => name !== '' && !name.startsWith('type '));
    expect(imported.length).toBeGreaterThan(100);
    const doors = new Map<string | undefined, object>([[undefined, root]]);
    for (const { room } of imported) {
      if (!doors.has(room)) doors.set(room, await import(/* @vite-ignore */ path.join(library, room, 'index.ts')));
    }
    expect(imported.filter(({ name, room }) => !(name in doors.get(room)!))).toEqual([]);
  });

  it('every room with an index.ts has a subpath, for Node and for tslab', () => {
    const { exports, typesVersions } = JSON.parse(readFileSync(path.join(library, 'package.json'), 'utf8'));
    const rooms = files.filter((file) => /^[^/]+\/index\.ts$/.test(file)).map((file) => file.split('/')[0]);
    expect(Object.keys(exports).sort()).toEqual(['.', ...rooms.map((room) => `./${room}`)].sort());
    for (const room of rooms) {
      const types = `dist/${room}/index.d.ts`;
      expect(exports[`./${room}`]).toEqual({ types: `./${types}`, default: `./dist/${room}/index.js` });
      expect(typesVersions['*'][room]).toEqual([types]);
    }
  });
});

describe('the map', () => {
  it('every folder of lib says in a README what it does', () => {
    const folders = [...new Set(files.map((file) => path.posix.dirname(file)))].filter((folder) => folder !== '.');
    expect(folders.filter((folder) => !existsSync(path.join(library, folder, 'README.md')))).toEqual([]);
  });

  it('every section of the specification that code cites is there', () => {
    const spec = readFileSync(projectPath('paper-repro', 'spec.md'), 'utf8');
    const sections = new Set([...spec.matchAll(/^#+ (\d+(?:\.\d+)?)\.? /gm)].map(([, number]) => number));
    const code = ['lib', 'test', 'bench'].flatMap((top) =>
      (readdirSync(projectPath(top), { recursive: true }) as string[])
        .filter((file) => /\.(ts|mjs)$/.test(file) && !/(^|[\\/])(dist|node_modules)[\\/]/.test(file))
        .map((file) => projectPath(top, file)),
    );
    const cited = code.flatMap((file) => {
      const text = readFileSync(file, 'utf8');
      return [...text.matchAll(/spec §(\d+(?:\.\d+)?)/g)].map(([, number]) => ({ file, number }));
    });
    expect(cited.length).toBeGreaterThan(50);
    expect(cited.filter(({ number }) => !sections.has(number))).toEqual([]);
    const bare = code.filter((file) =>
      /(?<!(?:paper|spec) )(?<!arXiv [\d.]+, )(?<!of )(?<!\(spec §[\d.]+, )§\d/.test(readFileSync(file, 'utf8')),
    );
    expect(bare).toEqual([]);
  });
});
