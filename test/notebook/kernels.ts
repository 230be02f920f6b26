import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Kernel, startKernel } from '../../lib/notebook/kernel.js';
import { projectPath } from '../../lib/runs/paths.js';

export interface Said {
  status: string;
  /** everything that was printed, and the text of what was shown */
  text: string;
  messages: { type: string; content: Record<string, unknown> }[];
}

/** Runs one cell. Kernels skip what comes right after a failure, so after one there is a pause. */
export async function say(kernel: Kernel, code: string, timeoutSeconds = 60): Promise<Said> {
  const messages: Said['messages'] = [];
  const { status } = await kernel.execute(code, { timeoutSeconds, onOutput: (message) => void messages.push(message) });
  if (status !== 'ok') await sleep(300);
  const textOf = ({ type, content }: Said['messages'][number]) => {
    if (type === 'error') return (content.traceback as string[]).join('\n');
    return String(content.text ?? (content.data as Record<string, unknown> | undefined)?.['text/plain'] ?? '');
  };
  return { status, text: messages.map(textOf).join(''), messages };
}

/** The kernel spec of a tslab that nobody corrected. */
export function plainTslab(program = projectPath('node_modules', 'tslab', 'bin', 'tslab')): string {
  const folder = mkdtempSync(path.join(tmpdir(), 'tslab-spec-'));
  const argv = ['node', program, 'kernel', '--config-path={connection_file}'];
  writeFileSync(path.join(folder, 'kernel.json'), JSON.stringify({ argv, language: 'typescript' }));
  return folder;
}

export const startPlainTslab = (options: Parameters<typeof startKernel>[0] = {}) =>
  startKernel({ spec: plainTslab(), tcp: true, ...options });
