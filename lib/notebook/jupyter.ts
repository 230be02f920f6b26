import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { withAllocator } from '../runs/allocator.js';
import { projectPath } from '../runs/paths.js';

/** The environment in which Jupyter finds this project's kernel, and the kernel its memory. */
export function jupyterEnv(env: NodeJS.ProcessEnv = process.env): NodeJS.ProcessEnv {
  const folders = [projectPath('notebooks'), ...(env.JUPYTER_PATH ? [env.JUPYTER_PATH] : [])];
  return { ...withAllocator(env), JUPYTER_PATH: folders.join(path.delimiter) };
}

/**
 * Opens the notebooks in JupyterLab or, without it, Jupyter Notebook; waits until it is closed.
 *
 * @returns Jupyter's exit code; 127 when there is no Jupyter (says how to get it)
 */
export async function openJupyter({ folder = projectPath('notebooks'), args = [] as string[] } = {}): Promise<number> {
  const env = jupyterEnv();
  const program = ['lab', 'notebook'].find(
    (name) => spawnSync('jupyter', [name, '--version'], { env, stdio: 'ignore' }).status === 0,
  );
  if (!program) {
    console.error(
      'Jupyter was not found. Get it with `pip install jupyterlab` (or `apt install jupyter-notebook`), then try again.',
    );
    return 127;
  }
  const child = spawn('jupyter', [program, `--notebook-dir=${folder}`, ...args], { env, stdio: 'inherit' });
  // Ctrl-C reaches Jupyter, too, which asks whether to stop: we wait for its answer.
  const wait = () => undefined;
  process.on('SIGINT', wait);
  const [code] = await once(child, 'exit');
  process.off('SIGINT', wait);
  return typeof code === 'number' ? code : 1;
}
