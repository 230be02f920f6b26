// The import rule of CONTRIBUTING.md, whose floors it reads: a line for each import in lib that breaks it. `npm run lint` runs it.
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const root = process.argv[2] ?? fileURLToPath(new URL('..', import.meta.url));
const floors = readFileSync(path.join(root, 'CONTRIBUTING.md'), 'utf8')
  .match(/```floors\n([\s\S]*?)```/)[1]
  .trim()
  .split('\n')
  .map((line) => line.trim().split(/\s+/));
const height = new Map(floors.flatMap((rooms, floor) => rooms.map((room) => [room, floors.length - floor])));

const library = path.join(root, 'lib');
const files = readdirSync(library, { recursive: true })
  .map((file) => file.split(path.sep).join('/'))
  .filter((file) => file.endsWith('.ts') && !/^(dist|node_modules)\//.test(file));
const imports = new Map(
  files.map((file) => {
    const text = readFileSync(path.join(library, file), 'utf8');
    const relative = [...text.matchAll(/(?:from|import)\s*\(?\s*'(\.[^']+)\.js'/g)].map(([, to]) => to);
    return [file, relative.map((to) => `${path.posix.join(path.posix.dirname(file), to)}.ts`)];
  }),
);

const isDoor = (file) => /^([^/]+\/)?index\.ts$/.test(file);
const roomOf = (file) => [...height.keys()].find((room) => file.startsWith(`${room}/`) || file === `${room}.ts`);

function problemsOf(file, to) {
  const [from, room] = [roomOf(file), roomOf(to)];
  const problems = [];
  if (isDoor(to) && file !== 'index.ts' && file.split('/')[0] !== to.split('/')[0]) {
    problems.push(`${file} → ${to}: the door of another room; import the file that has the thing`);
  }
  if (isDoor(file) || room === from) return problems;
  if (height.get(room) >= height.get(from)) problems.push(`${file} → ${to}: not on a lower floor of CONTRIBUTING.md`);
  return problems;
}

/** The first circle that a walk along imports finds. */
function circle() {
  const done = new Set();
  const walk = (file, way) => {
    if (way.includes(file)) return [...way.slice(way.indexOf(file)), file];
    if (done.has(file)) return undefined;
    done.add(file);
    for (const to of imports.get(file) ?? []) {
      const found = walk(to, [...way, file]);
      if (found) return found;
    }
    return undefined;
  };
  for (const file of files) {
    const found = walk(file, []);
    if (found) return [`${found.join(' → ')}: a circle; give the type that both need a file of its own`];
  }
  return [];
}

const homeless = files.filter((file) => !isDoor(file) && roomOf(file) === undefined);
const problems = [
  ...homeless.map((file) => `${file}: on no floor of CONTRIBUTING.md`),
  ...[...imports].flatMap(([file, all]) => all.flatMap((to) => problemsOf(file, to))),
  ...circle(),
];
for (const problem of problems) console.error(problem);
process.exitCode = problems.length > 0 ? 1 : 0;
