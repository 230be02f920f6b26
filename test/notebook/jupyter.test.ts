import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { projectPath } from '../../lib/runs/index.js';

const folder = mkdtempSync(path.join(tmpdir(), 'synclr-jupyter-'));
afterAll(() => rmSync(folder, { recursive: true }));
const bin = path.join(folder, 'bin');
const said = path.join(folder, 'said.json');

/** What stands in for `jupyter-lab` alone, as pipx and uv install it: says how it was called, and waits. */
const STAND_IN = `#!${process.execPath}
if (process.argv.includes('--version')) process.exit(0);
require('node:fs').writeFileSync(${JSON.stringify(said)}, JSON.stringify({
  pid: process.pid, args: process.argv.slice(2), path: process.env.JUPYTER_PATH,
}));
setInterval(() => {}, 1000);
if (process.argv.includes('--ends')) setTimeout(() => process.exit(3), 100);
`;

beforeAll(() => {
  mkdirSync(bin);
  writeFileSync(path.join(bin, 'jupyter-lab'), STAND_IN, { mode: 0o755 });
});

const main = projectPath('lib', 'dist', 'cli', 'main.js');
const env = { ...process.env, PATH: bin, JUPYTER_PATH: '/of/the/reader' };

describe.skipIf(process.platform === 'win32')('synclr notebook', { timeout: 60_000 }, () => {
  it('finds jupyter-lab alone, and passes on what follows', () => {
    const { status } = spawnSync(process.execPath, [main, 'notebook', '--port', '9000', '--allow-root', '--ends'], {
      env,
    });
    expect(status).toBe(3);
    const { args, path: folders } = JSON.parse(readFileSync(said, 'utf8'));
    expect(args[0]).toBe(`--ServerApp.root_dir=${projectPath()}`);
    expect(args.slice(-4)).toEqual(['--port', '9000', '--allow-root', '--ends']);
    expect(folders).toBe([projectPath('notebooks'), '/of/the/reader'].join(path.delimiter));
  });

  it.each(['SIGTERM', 'SIGHUP'] as const)('ends Jupyter with itself on %s', async (signal) => {
    rmSync(said, { force: true });
    const child = spawn(process.execPath, [main, 'notebook'], { env, stdio: 'ignore' });
    while (!existsSync(said)) await sleep(50);
    await sleep(200);
    const { pid } = JSON.parse(readFileSync(said, 'utf8'));
    child.kill(signal);
    await once(child, 'exit');
    expect(() => process.kill(pid, 0)).toThrow(/ESRCH/);
  });

  it('ends it with npm, which tells nobody but its shell', async () => {
    rmSync(said, { force: true });
    writeFileSync(path.join(bin, 'jupyter'), '#!/bin/sh\nexit 1\n', { mode: 0o755 });
    const npm = spawn('npm', ['run', 'notebook'], {
      cwd: projectPath(),
      env: { ...env, PATH: [bin, process.env.PATH].join(path.delimiter) },
      stdio: 'ignore',
    });
    while (!existsSync(said)) await sleep(50);
    await sleep(200);
    const { pid } = JSON.parse(readFileSync(said, 'utf8'));
    npm.kill('SIGTERM');
    await once(npm, 'exit');
    await sleep(5000);
    expect(() => process.kill(pid, 0)).toThrow(/ESRCH/);
  });

  it('says how to get Jupyter where there is none', () => {
    const { status, stderr } = spawnSync(process.execPath, [main, 'notebook'], {
      env: { ...env, PATH: folder },
      encoding: 'utf8',
    });
    expect(status).toBe(127);
    expect(stderr).toMatch(/pip install jupyterlab.*pipx.*uv/);
  });
});
