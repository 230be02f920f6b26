import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import * as root from '../lib/index.js';
import { readNotebook } from '../lib/notebook/document.js';
import { projectPath } from '../lib/runs/paths.js';

/** The map of CONTRIBUTING.md is the rule: its floors, top first, each with its rooms. */
const floors = readFileSync(projectPath('CONTRIBUTING.md'), 'utf8')
  .match(/```floors\n([\s\S]*?)```/)![1]
  .trim()
  .split('\n')
  .map((line) => line.trim().split(/\s+/));
const height = new Map(floors.flatMap((rooms, floor) => rooms.map((room) => [room, floors.length - floor] as const)));

const library = projectPath('lib');
const files = (readdirSync(library, { recursive: true }) as string[])
  .map((file) => file.split(path.sep).join('/'))
  .filter((file) => file.endsWith('.ts') && !/^(dist|node_modules)\//.test(file));
const isDoor = (file: string) => /^([^/]+\/)?index\.ts$/.test(file);
const roomOf = (file: string) =>
  [...height.keys()].find((room) => file.startsWith(`${room}/`) || file === `${room}.ts`) ?? '';
const imports = new Map(
  files.map((file) => [file, importsOf(file, readFileSync(path.join(library, file), 'utf8'))] as const),
);

function importsOf(file: string, text: string): string[] {
  const relative = [...text.matchAll(/(?:from|import)\s*\(?\s*'(\.[^']+)\.js'/g)].map(([, to]) => to);
  return relative.map((to) => `${path.posix.join(path.posix.dirname(file), to)}.ts`);
}

/** The first circle that a walk along imports finds, or none. */
function circleIn(graph: ReadonlyMap<string, readonly string[]>): string[] {
  const done = new Set<string>();
  const walk = (file: string, way: readonly string[]): string[] => {
    if (way.includes(file)) return [...way.slice(way.indexOf(file)), file];
    if (done.has(file)) return [];
    const found = (graph.get(file) ?? []).map((next) => walk(next, [...way, file])).find(({ length }) => length > 0);
    done.add(file);
    return found ?? [];
  };
  return [...graph.keys()].map((file) => walk(file, [])).find(({ length }) => length > 0) ?? [];
}

describe('imports in lib', () => {
  it('go nowhere in circles', () => {
    expect(
      circleIn(
        new Map([
          ['a', ['b']],
          ['b', ['a']],
        ]),
      ),
    ).toEqual(['a', 'b', 'a']);
    expect(circleIn(imports)).toEqual([]);
  });

  it('stay in their room or go to a lower floor of CONTRIBUTING.md', () => {
    const inside = files.filter((file) => !isDoor(file));
    expect(inside.filter((file) => roomOf(file) === '')).toEqual([]);
    const wrong = inside.flatMap((file) =>
      imports
        .get(file)!
        .filter((to) => roomOf(to) !== roomOf(file) && height.get(roomOf(to))! >= height.get(roomOf(file))!)
        .map((to) => `${file} → ${to}`),
    );
    expect(wrong).toEqual([]);
  });

  it("name the file that has a thing, never another room's index.ts", () => {
    const folderOf = (file: string) => file.split('/')[0];
    const wrong = files
      .filter((file) => file !== 'index.ts')
      .flatMap((file) => imports.get(file)!.map((to) => [file, to]))
      .filter(([file, to]) => isDoor(to) && folderOf(to) !== folderOf(file))
      .map(([file, to]) => `${file} → ${to}`);
    expect(wrong).toEqual([]);
  });
});

describe('doors', () => {
  it('the root exports at most 200 values, and what notebooks import of it', () => {
    expect(Object.keys(root).length).toBeLessThanOrEqual(200);
    const names = readdirSync(projectPath('notebooks')).filter((name) => name.endsWith('.ipynb'));
    const cells = names.flatMap((name) => readNotebook(projectPath('notebooks', name)).cells);
    const imported = cells
      .filter(({ cell_type }) => cell_type === 'code')
      .flatMap(({ source }) => [...source.matchAll(/import \{([^}]*)\} from 'synclr'/g)])
      .flatMap(([, list]) => list.split(',').map((name) => name.trim().split(' as ')[0]))
      .filter((name) => name !== '' && !name.startsWith('type '));
    expect(imported.length).toBeGreaterThan(100);
    expect(imported.filter((name) => !(name in root))).toEqual([]);
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
