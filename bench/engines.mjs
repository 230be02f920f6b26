import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { withAllocator } from '../lib/dist/runs/allocator.js';
import { Resident } from './resident.mjs';

const here = (file) => fileURLToPath(new URL(file, import.meta.url));
/** The Python that is asked for torch. */
export const python = process.env.SYNCLR_PYTHON ?? 'python3';

/** Threads of both sides. */
export const threads = Number(process.env.SYNCLR_THREADS ?? os.availableParallelism());

/** Whether Python finds torch. */
export const hasTorch = () => spawnSync(python, ['-c', 'import torch']).status === 0;

/** PyTorch as installed. */
export const plainEnv = { PYTHONDONTWRITEBYTECODE: '1' };

/** How to start each engine on a case. `eager-plain` is PyTorch as installed, without the settings of `peerEnv`. */
export const engines = {
  ours: (name) =>
    Resident.start(process.execPath, [here('ours/main.mjs'), name], withAllocator({ SYNCLR_THREADS: `${threads}` })),
  eager: (name) => startPeer(name, 'eager', peerEnv()),
  compiled: (name) => startPeer(name, 'compiled', peerEnv()),
  'eager-plain': (name) => startPeer(name, 'eager', plainEnv),
};

function startPeer(name, engine, env) {
  return Resident.start(python, [here('peer/main.py'), name, engine, `${threads}`], env);
}

let settings;

/**
 * What makes PyTorch faster than it is out of the box, MKL's AVX-512 kernels on processors that are not Intel's and an
 * allocator that keeps its memory, and an empty compile cache.
 */
export function peerEnv() {
  settings ??= {
    ...plainEnv,
    MALLOC_MMAP_THRESHOLD_: `${2 ** 32}`,
    MALLOC_TRIM_THRESHOLD_: `${2 ** 33}`,
    TORCHINDUCTOR_CACHE_DIR: temporaryFolder(),
    ...mklOnAmd(),
  };
  return settings;
}

/** Preloads the two functions of peer/amdMkl.c, when a compiler is there to build them. */
function mklOnAmd() {
  if (!os.cpus()[0].model.includes('AMD') || process.platform !== 'linux') return {};
  const library = path.join(temporaryFolder(), 'amdMkl.so');
  try {
    execFileSync('cc', ['-shared', '-fPIC', '-o', library, here('peer/amdMkl.c')], { stdio: 'ignore' });
  } catch {
    console.log('No C compiler: MKL runs its slower kernels on this processor.');
  }
  return existsSync(library) ? { LD_PRELOAD: library } : {};
}

/** A folder that lasts as long as this process. */
function temporaryFolder() {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'synclr-bench-'));
  process.on('exit', () => rmSync(folder, { recursive: true, force: true }));
  return folder;
}
