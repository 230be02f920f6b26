import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { withAllocator } from '../runs/allocator.js';
import { projectPath } from '../runs/paths.js';

/** The environment in which Jupyter finds this project's kernel, and the kernel its memory. */
export function jupyterEnv(env: NodeJS.ProcessEnv = process.env): NodeJS.ProcessEnv {
  const folders = [projectPath('notebooks'), ...(env.JUPYTER_PATH ? [env.JUPYTER_PATH] : [])];
  return { ...withAllocator(env), JUPYTER_PATH: folders.join(path.delimiter) };
}

/** JupyterLab or Notebook, as pip, pipx and uv install them (the latter two without `jupyter` itself), the best first. */
const PROGRAMS = [['jupyter', 'lab'], ['jupyter-lab'], ['jupyter', 'notebook'], ['jupyter-notebook']];

const GRACE_MS = 15_000;

/**
 * Opens the notebooks in JupyterLab or, without it, Jupyter Notebook; waits until it is closed. Its files are those of the
 * whole repository, since exercises ask to look at lib/.
 *
 * SIGTERM and SIGHUP end Jupyter and its kernels. Ctrl-C reaches Jupyter by itself, which asks whether to stop.
 *
 * @param args passed on to Jupyter, after our own
 * @returns Jupyter's exit code; 127 when there is no Jupyter (says how to get it)
 */
export async function openJupyter({ args = [] as string[] } = {}): Promise<number> {
  const env = jupyterEnv();
  const found = PROGRAMS.find(
    ([program, ...rest]) => spawnSync(program, [...rest, '--version'], { env, stdio: 'ignore' }).status === 0,
  );
  if (!found) {
    console.error(
      'Jupyter was not found. Get it with `pip install jupyterlab` (or `pipx`, or `uv tool install`), then try again.',
    );
    return 127;
  }
  const [program, ...rest] = found;
  const place = [
    `--ServerApp.root_dir=${projectPath()}`,
    '--LabApp.default_url=/lab/tree/notebooks',
    '--JupyterNotebookApp.default_url=/tree/notebooks',
  ];
  const child = spawn(program, [...rest, ...place, ...args], { env, stdio: 'inherit' });
  const wait = () => undefined;
  const end = async (signal: NodeJS.Signals) => {
    child.kill(signal === 'SIGHUP' ? 'SIGTERM' : signal);
    await sleep(GRACE_MS, undefined, { ref: false });
    child.kill('SIGKILL');
  };
  process.on('SIGINT', wait);
  for (const signal of ['SIGTERM', 'SIGHUP'] as const) process.on(signal, end);
  const [code] = await once(child, 'exit');
  process.off('SIGINT', wait);
  for (const signal of ['SIGTERM', 'SIGHUP'] as const) process.off(signal, end);
  return typeof code === 'number' ? code : 143;
}
