import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { describe, expect, it } from 'vitest';
import { ALLOCATOR_ENV, withAllocator } from '../../lib/runs/allocator.js';
import { projectPath } from '../../lib/runs/index.js';

const built = projectPath('lib', 'dist', 'engine', 'allocator.js');
const program = path.join(mkdtempSync(path.join(tmpdir(), 'allocator-')), 'program.mjs');
writeFileSync(
  program,
  `import { rerunWithAllocator } from ${JSON.stringify(pathToFileURL(built).href)};
const code = await rerunWithAllocator();
if (code === undefined) {
  for (const name of ['SIGINT', 'SIGTERM']) process.once(name, () => { console.log('got', name); process.exit(7); });
  setInterval(() => {}, 1000);
  console.log('working', process.env.GLIBC_TUNABLES);
} else process.exitCode = code;
`,
);

/** Starts the program, sends it a signal when it says that it works, and waits until it and its child have ended. */
async function interrupted(signal: NodeJS.Signals) {
  const { GLIBC_TUNABLES, ...env } = process.env;
  const child = spawn(process.execPath, [program], { env, stdio: ['ignore', 'pipe', 'inherit'] });
  let said = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    if (!said.includes('\n')) child.kill(signal);
    said += text;
  });
  const exit = once(child, 'exit');
  // The pipe closes when nobody is left who could write to it.
  await once(child.stdout, 'close');
  return { said, code: (await exit)[0] as number | null };
}

it('settings of the user come first', () => {
  expect(withAllocator({ GLIBC_TUNABLES: 'mine' })).toEqual({ GLIBC_TUNABLES: 'mine' });
  expect(withAllocator({ HOME: 'x' })).toEqual({ HOME: 'x', ...ALLOCATOR_ENV });
});

// Elsewhere nothing is rerun.
const glibc = 'glibcVersionRuntime' in (process.report.getReport() as unknown as { header: object }).header;

describe.runIf(glibc && existsSync(built))('a program that was run once more', () => {
  it('has the settings, gets a signal once, and its exit code is ours', async () => {
    const { said, code } = await interrupted('SIGINT');
    expect(said).toBe(`working ${ALLOCATOR_ENV.GLIBC_TUNABLES}\ngot SIGINT\n`);
    expect(code).toBe(7);
  });

  it('ends when we are killed', async () => {
    const { said, code } = await interrupted('SIGKILL');
    expect(said).toMatch(/got SIGTERM\n$/);
    expect(code).toBeNull();
  });
});
