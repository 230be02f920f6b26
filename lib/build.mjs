// Compiles lib/ to lib/dist where a source is newer, and says so where it takes longer.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  accessSync,
  constants,
  existsSync,
  mkdirSync,
  readdirSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const lib = fileURLToPath(new URL('.', import.meta.url));
const dist = fileURLToPath(new URL('dist', import.meta.url));
/** Written when the compiler has found no error: as old as what it read. */
const stamp = path.join(dist, '.built');

/** Exits with the compiler's code where it finds errors. An install that one may only read is left as it is. */
export async function build() {
  if (existsSync(dist) && !isWritable(dist)) return;
  mkdirSync(dist, { recursive: true }); // before the clock is read: a new folder makes the one around it newer
  const built = statSync(stamp, { throwIfNoEntry: false });
  const began = Date.now();
  if (built && newest(lib) < built.mtimeMs) return;
  const tsc = createRequire(import.meta.url).resolve('typescript/bin/tsc');
  const child = spawn(process.execPath, [tsc, '--build', lib], { stdio: ['ignore', 2, 'inherit'] });
  const saying = setTimeout(() => console.error('compiling lib/ …'), 2000);
  const [code] = await once(child, 'exit');
  clearTimeout(saying);
  if (code !== 0) process.exit(code ?? 1);
  writeFileSync(stamp, '');
  utimesSync(stamp, began / 1000, began / 1000);
}

/** When a source, or a folder of sources (one was added or removed), last changed. */
function newest(folder) {
  let time = statSync(folder).mtimeMs;
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const file = path.join(folder, entry.name);
    if (entry.isDirectory()) {
      if (file !== dist && entry.name !== 'node_modules') time = Math.max(time, newest(file));
    } else if (/\.(ts|json)$/.test(entry.name)) time = Math.max(time, statSync(file).mtimeMs);
  }
  return time;
}

function isWritable(folder) {
  try {
    accessSync(folder, constants.W_OK);
    return true;
  } catch {
    return false;
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await build();
