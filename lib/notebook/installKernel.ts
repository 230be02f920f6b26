import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { InputError } from '../errors.js';
import { withAllocator } from '../runs/allocator.js';
import { fromEnvironment } from '../runs/environment.js';
import { writeJson } from '../runs/files.js';
import { KERNEL, kernelFolder } from './kernelSpec.js';

/** Whose Jupyter is to know the kernel: this user's, that of a Python environment, or of a folder. */
export type KernelPlace = { user: true } | { sysPrefix: true } | { prefix: string };

/**
 * Writes a kernel spec with absolute paths, so that any Jupyter (and VS Code) of that place finds the kernel, wherever its
 * notebooks are.
 * @returns the folder of the spec
 * @throws InputError where there is no Python to ask, or a kernel of this name that is another's
 */
export function installKernel(place: KernelPlace): string {
  const folder = path.join(dataFolder(place), 'kernels', KERNEL.name);
  const file = path.join(folder, 'kernel.json');
  const start = path.join(kernelFolder(), 'start.mjs');
  if (existsSync(file) && !/[\\/]kernels[\\/]synclr[\\/]start\.mjs/.test(readFileSync(file, 'utf8'))) {
    throw new InputError({
      where: file,
      expected: 'no kernel, or one that this command wrote',
      found: 'another kernel of this name',
      fix: `remove it first: jupyter kernelspec remove ${KERNEL.name}`,
    });
  }
  const { display_name, language } = KERNEL;
  writeJson(file, {
    argv: [process.execPath, start, '{connection_file}'],
    display_name,
    language,
    interrupt_mode: 'signal',
    env: withAllocator({}),
  });
  return folder;
}

/** Where Jupyter looks for kernels (docs.jupyter.org, "Common Directories and File Locations"). */
function dataFolder(place: KernelPlace): string {
  if ('prefix' in place) return path.join(path.resolve(place.prefix), 'share', 'jupyter');
  if ('sysPrefix' in place) return path.join(pythonPrefix(), 'share', 'jupyter');
  if (process.env.JUPYTER_DATA_DIR) return process.env.JUPYTER_DATA_DIR;
  if (process.platform === 'darwin') return path.join(os.homedir(), 'Library', 'Jupyter');
  if (process.platform === 'win32') {
    return path.join(process.env.APPDATA ?? path.join(os.homedir(), 'AppData', 'Roaming'), 'jupyter');
  }
  return path.join(process.env.XDG_DATA_HOME ?? path.join(os.homedir(), '.local', 'share'), 'jupyter');
}

function pythonPrefix(): string {
  const python = fromEnvironment('SYNCLR_PYTHON') ?? 'python3';
  const { status, stdout, error } = spawnSync(python, ['-c', 'import sys; print(sys.prefix)'], { encoding: 'utf8' });
  if (status === 0) return stdout.trim();
  throw new InputError({
    where: '--sys-prefix',
    expected: `a Python to ask for its folder (${python})`,
    found: error ? error.message : `exit code ${status}`,
    fix: 'activate the environment, or name its Python in SYNCLR_PYTHON, or use --user',
  });
}
