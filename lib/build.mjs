// Compiles lib/ to lib/dist where a source is newer, and says so where it takes longer.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { accessSync, constants, existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';

const lib = fileURLToPath(new URL('.', import.meta.url));
const dist = fileURLToPath(new URL('dist', import.meta.url));

/** Exits with the compiler's code where it finds errors. An install that one may only read is left as it is. */
export async function build() {
  if (existsSync(dist) && !isWritable(dist)) return;
  const tsc = createRequire(import.meta.url).resolve('typescript/bin/tsc');
  const child = spawn(process.execPath, [tsc, '--build', lib], { stdio: ['ignore', 2, 'inherit'] });
  const saying = setTimeout(() => console.error('compiling lib/ …'), 2000);
  const [code] = await once(child, 'exit');
  clearTimeout(saying);
  if (code !== 0) process.exit(code ?? 1);
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
