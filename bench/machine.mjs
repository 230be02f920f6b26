import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import os from 'node:os';
import { threads } from './engines.mjs';

/** The machine and the versions that a result holds for. */
export function machine() {
  const cpu = os.cpus()[0].model;
  const flags = /^flags\s*:(.*)$/m.exec(readFileSync('/proc/cpuinfo', 'utf8'))?.[1] ?? '';
  return {
    cpu,
    family: /cpu family\s*: (\d+)\nmodel\s*: (\d+)/m.exec(readFileSync('/proc/cpuinfo', 'utf8'))?.slice(1).join('/'),
    vector: flags.includes('avx512f') ? 'avx512' : flags.includes('avx2') ? 'avx2' : 'other',
    cores: os.cpus().length,
    memoryGB: Math.round(os.totalmem() / 2 ** 30),
    node: process.version,
    onnxruntime: createRequire(new URL('../lib/package.json', import.meta.url))('onnxruntime-node/package.json')
      .version,
    threads,
  };
}

/** The commit of the working copy, with a plus where files differ from it. */
export function commit() {
  const git = (...args) => execFileSync('git', args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim();
  try {
    return git('rev-parse', '--short', 'HEAD') + (git('status', '--porcelain', 'lib') ? '+' : '');
  } catch {
    return 'unknown';
  }
}
