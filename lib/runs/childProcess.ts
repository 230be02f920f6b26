import { spawn } from 'node:child_process';
import { once } from 'node:events';
import os from 'node:os';

const SIGNALS = (['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGUSR1'] as const).filter((name) => name in os.constants.signals);

/**
 * Runs a Node program in our terminal and waits for it. It has a process group of its own and gets every signal from us,
 * once; if it calls `endWithParent`, it also ends when we die without a word (`kill -9`).
 * @param args options of Node, the script, its arguments
 * @returns its exit code, or 128 and the number of the signal that killed it, as a shell says
 */
export async function runChild(
  args: readonly string[],
  { env, cwd }: { env?: NodeJS.ProcessEnv; cwd?: string } = {},
): Promise<number> {
  const stdio = ['inherit', 'inherit', 'inherit', 'ipc'] as const;
  const child = spawn(process.execPath, args, { env, cwd, stdio: [...stdio], detached: true });
  const pass = (signal: NodeJS.Signals) => void child.kill(signal);
  for (const signal of SIGNALS) process.on(signal, pass);
  try {
    const [code, killedBy] = (await once(child, 'exit')) as [number | null, NodeJS.Signals];
    return code ?? 128 + os.constants.signals[killedBy];
  } finally {
    for (const signal of SIGNALS) process.off(signal, pass);
  }
}

/** In the program that `runChild` runs: its end, however it comes, is to us as SIGTERM. Elsewhere this does nothing. */
export function endWithParent(): void {
  process.channel?.unref();
  process.once('disconnect', () => process.kill(process.pid, 'SIGTERM'));
}
