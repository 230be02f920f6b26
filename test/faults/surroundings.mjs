// Surroundings that fail: a disk that fills up, a folder that may not be written, a pipe that nobody reads.
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { projectPath } from '../../lib/dist/runs/paths.js';
import { stages } from './kills.mjs';

const main = projectPath('lib', 'dist', 'cli', 'main.js');
const node = (args, { shell = 'exec "$@"' } = {}) => {
  const env = { ...process.env, SYNCLR_THREADS: '1', GLIBC_TUNABLES: '' };
  const run = spawnSync('sh', ['-c', shell, 'sh', process.execPath, ...args], { encoding: 'utf8', env });
  return { code: run.status, said: run.stdout + run.stderr, errors: run.stderr };
};
const isStack = (text) => /\n\s+at .*[:(]/.test(text);

/** Commands that write, with as little work before as can be. */
async function prepareWriters(folder) {
  const { captions, generate, 'train-encoder': train } = stages;
  for (const { prepare } of [captions, generate, train]) await prepare(folder);
  const less = (words, counts) => words.map((word) => counts[word] ?? word);
  return {
    captions: (out) => captions.args(folder, out),
    generate: (out) => less(generate.args(folder, out), { 24: '4' }),
    'train-encoder': (out) => less(train.args(folder, out), { 12: '2' }),
    'export-encoder': (out) => [main, 'export-encoder', '--out', path.join(out, 'encoder.onnx')],
  };
}

/** Runs all writers on a disk; what they say must be one sentence in words. */
function refused(disk, writers, { words, shell }) {
  const findings = [];
  for (const [name, args] of Object.entries(writers)) {
    const { code, said } = node(args(path.join(disk, name)), { shell });
    if (code !== 1) findings.push(`${name}: exit code ${code}: ${said.slice(-300)}`);
    else if (!words.test(said) || isStack(said)) findings.push(`${name}: ${said.slice(-600)}`);
  }
  return findings;
}

async function withDisk(options, work) {
  const folder = mkdtempSync(path.join(tmpdir(), 'synclr-disk-'));
  const disk = path.join(folder, 'disk');
  mkdirSync(disk);
  const mount = (how) => spawnSync('mount', ['-t', 'tmpfs', '-o', how, 'tmpfs', disk]).status === 0;
  const mounted = mount(options);
  try {
    return await work({ writers: await prepareWriters(folder), disk, mounted, mount });
  } finally {
    if (mounted) spawnSync('umount', [disk]);
    rmSync(folder, { recursive: true, force: true });
  }
}

export const surroundings = {
  /** A small disk of its own where one may be mounted, else a limit on the size of files. */
  fullDisk: () =>
    withDisk('size=16k', ({ writers, disk, mounted, mount }) => {
      const findings = refused(disk, writers, {
        words: /room on the disk/,
        shell: mounted ? undefined : 'ulimit -f 8; exec "$@"',
      });
      if (mounted) mount('remount,size=256m');
      for (const [name, args] of Object.entries(writers)) {
        const { code, said } = node(args(path.join(disk, name)));
        if (code !== 0) findings.push(`${name}, with room again: exit code ${code}: ${said.slice(-600)}`);
      }
      return findings;
    }),
  /** Root may write everywhere but on a disk that is mounted so. */
  readOnly: () =>
    withDisk('size=64k', ({ writers, disk, mounted, mount }) => {
      if (!mounted) spawnSync('chmod', ['500', disk]);
      else if (!mount('remount,ro')) return ['the disk could not be made read-only'];
      return refused(disk, writers, { words: /a place that this user may read and write/ });
    }),
  closedPipe: () =>
    withDisk('size=256m', ({ writers, disk }) => {
      const findings = [];
      const said = { help: [main, '--help'], 'help of a command': [main, 'train-encoder', '--help'] };
      for (const [name, args] of Object.entries(writers)) said[name] = args(path.join(disk, name));
      for (const [name, args] of Object.entries(said)) {
        for (const reader of ['head -1', 'true']) {
          const { errors } = node(args, { shell: `"$@" | ${reader}` });
          if (/EPIPE/.test(errors) || isStack(errors)) findings.push(`${name} | ${reader}: ${errors.slice(-600)}`);
        }
      }
      return findings;
    }),
};
