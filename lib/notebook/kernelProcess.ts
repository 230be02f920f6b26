import { type ChildProcess, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { InputError } from '../errors.js';

/** The command line of a kernel spec folder, with Jupyter's placeholders filled in. */
export function kernelCommand(specFolder: string, connectionFile: string): string[] {
  const file = path.join(specFolder, 'kernel.json');
  let argv: unknown;
  try {
    argv = JSON.parse(readFileSync(file, 'utf8')).argv;
  } catch (error) {
    throw new InputError({
      where: file,
      expected: 'a Jupyter kernel spec in JSON',
      found: String(error),
      fix: 'restore it from the repository',
    });
  }
  if (!Array.isArray(argv) || argv.length === 0) {
    throw new InputError({
      where: file,
      expected: 'argv: a list of words',
      found: JSON.stringify(argv),
      fix: 'see jupyter-client.readthedocs.io, "Kernel specs"',
    });
  }
  return argv.map((word) =>
    String(word).replaceAll('{resource_dir}', specFolder).replaceAll('{connection_file}', connectionFile),
  );
}

/**
 * Starts a kernel that never outlives this process: it is killed when we exit or are interrupted.
 *
 * `onText` gets what the kernel prints outside of cells (its start, its last words).
 */
export function spawnKernel(
  command: string[],
  { cwd, env, onText }: { cwd: string; env: NodeJS.ProcessEnv; onText: (text: string) => void },
): ChildProcess {
  const program = command[0] === 'node' ? process.execPath : command[0];
  const child = spawn(program, command.slice(1), {
    cwd,
    // As Jupyter does: the kernel ends when this process is gone, even after `kill -9`.
    env: { ...env, JPY_PARENT_PID: String(process.pid) },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  child.stdout?.setEncoding('utf8').on('data', onText);
  child.stderr?.setEncoding('utf8').on('data', onText);

  const kill = () => void child.kill('SIGKILL');
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
  const onSignal = (signal: NodeJS.Signals) => {
    kill();
    process.off(signal, onSignal);
    // Nobody else wants to handle it: let it do what it does by default, end us.
    if (process.listenerCount(signal) === 0) process.kill(process.pid, signal);
  };
  process.on('exit', kill);
  for (const signal of signals) process.on(signal, onSignal);
  child.once('exit', () => {
    process.off('exit', kill);
    for (const signal of signals) process.off(signal, onSignal);
  });
  return child;
}
