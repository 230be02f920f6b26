import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { withAllocator } from '../runs/allocator.js';
import { createConnection } from './connection.js';
import { kernelCommand, spawnKernel } from './kernelProcess.js';
import { kernelFolder } from './kernelSpec.js';
import { decodeMessage, encodeMessage, type JupyterMessage } from './messages.js';

/** What a kernel says while it runs a cell: `stream`, `display_data`, `update_display_data`, … */
export type OnOutput = (message: { type: string; content: Record<string, unknown> }) => void;

export interface Kernel {
  readonly pid: number;
  /**
   * Runs code and waits until the kernel is idle again. `onOutput` may be called later, too: a cell that has ended
   * can leave work behind that prints. Throws KernelDied, CellTimeout.
   */
  execute(
    code: string,
    options?: { timeoutSeconds?: number; onOutput?: OnOutput },
  ): Promise<{ status: string; content: Record<string, unknown> }>;
  /** The most memory the kernel has held so far, in bytes; undefined where the system does not tell (it does on Linux). */
  peakMemory(): number | undefined;
  /** Stops the running cell (a signal, as Jupyter's ■). */
  interrupt(): void;
  /** Asks the kernel to end, and makes it. */
  shutdown(options?: { graceSeconds?: number }): Promise<void>;
}

export class KernelDied extends Error {
  override name = 'KernelDied';
}

export class CellTimeout extends Error {
  override name = 'CellTimeout';
}

/** Node prints these through the kernel and goes on: the last words of a process are worth keeping, not all. */
const keptCharacters = 4000;

/**
 * Starts a Jupyter kernel and connects to it over ZeroMQ.
 *
 * @param options.spec folder of the kernel spec; the committed one by default
 * @param options.cwd current folder of the cells
 * @param options.tcp ports instead of socket files, for kernels that spell these otherwise
 * @param options.env added to (or, where undefined, taken from) this process's environment
 */
export async function startKernel({
  spec = kernelFolder(),
  cwd = process.cwd(),
  env = {},
  tcp,
  startSeconds = 90,
}: {
  spec?: string;
  cwd?: string;
  env?: NodeJS.ProcessEnv;
  tcp?: boolean;
  startSeconds?: number;
} = {}): Promise<Kernel> {
  const zmq = await import('zeromq');
  const connection = await createConnection({ tcp });
  const auth = { key: connection.key, session: randomUUID() };
  let lastWords = '';
  const child = spawnKernel(kernelCommand(spec, connection.file), {
    cwd,
    env: withAllocator({ ...process.env, ...env }),
    onText: (text) => {
      lastWords = (lastWords + text).slice(-keptCharacters);
    },
  });
  const died = new Promise<never>((_, reject) => {
    child.once('error', (error) => reject(new KernelDied(`The kernel could not be started: ${error.message}`)));
    child.once('close', (code, signal) => {
      reject(new KernelDied(`The kernel ended (${signal ?? `exit code ${code}`}).\n${lastWords}`.trimEnd()));
    });
  });
  died.catch(() => undefined);

  // No limit on waiting messages: a cell may print a lot while we are busy.
  const shell = new zmq.Dealer({ linger: 0, receiveHighWaterMark: 0 });
  const control = new zmq.Dealer({ linger: 0 });
  const iopub = new zmq.Subscriber({ linger: 0, receiveHighWaterMark: 0 });
  shell.connect(connection.address('shell'));
  control.connect(connection.address('control'));
  iopub.connect(connection.address('iopub'));
  iopub.subscribe();

  /** request id → who listens. Kept after the reply, for what arrives late. */
  const listeners = new Map<string, (message: JupyterMessage) => void>();
  const listen = async (socket: AsyncIterable<Uint8Array[]>) => {
    for await (const frames of socket) {
      const message = decodeMessage(frames, auth);
      listeners.get(message.parentId ?? '')?.(message);
    }
  };
  // Ends by an error when the socket is closed.
  listen(shell).catch(() => undefined);
  listen(iopub).catch(() => undefined);

  const request = async (
    type: string,
    content: Record<string, unknown>,
    onOutput: OnOutput,
  ): Promise<Record<string, unknown>> => {
    const { id, frames } = encodeMessage(type, content, auth);
    const done = new Promise<Record<string, unknown>>((resolve) => {
      let reply: Record<string, unknown> | undefined;
      let idle = false;
      listeners.set(id, (message) => {
        if (message.type.endsWith('_reply')) reply = message.content;
        else if (message.type !== 'status') onOutput(message);
        else if (message.content.execution_state === 'idle') idle = true;
        // Outputs and the reply come on two channels: the cell has ended when both say so.
        if (reply && idle) resolve(reply);
      });
    });
    await shell.send(frames);
    return Promise.race([done, died]);
  };

  let ended = false;
  const shutdown = async ({ graceSeconds = 2 } = {}) => {
    if (ended) return;
    ended = true;
    try {
      if (child.exitCode === null && child.signalCode === null) {
        const exit = once(child, 'exit');
        await control.send(encodeMessage('shutdown_request', { restart: false }, auth).frames).catch(() => undefined);
        await Promise.race([exit, sleep(graceSeconds * 1000, undefined, { ref: false })]);
        if (child.exitCode === null && child.signalCode === null) {
          child.kill('SIGKILL');
          await exit;
        }
      }
    } finally {
      for (const socket of [shell, control, iopub]) socket.close();
      connection.remove();
    }
  };

  const timeout = async (seconds: number, message: string, stop: AbortSignal): Promise<never> => {
    await sleep(seconds * 1000, undefined, { signal: stop });
    throw new CellTimeout(message);
  };
  const within = async <T>(work: Promise<T>, seconds: number, message: string): Promise<T> => {
    const stop = new AbortController();
    try {
      return await Promise.race([work, timeout(seconds, message, stop.signal)]);
    } finally {
      stop.abort();
    }
  };

  const connect = async () => {
    // A subscriber that joins late misses messages: ask until an answer has come on both channels.
    let ready = false;
    while (!ready) {
      const answer = request('kernel_info_request', {}, () => undefined).then(() => true);
      ready = await Promise.race([answer, sleep(500, false, { ref: false })]);
    }
  };
  try {
    await within(connect(), startSeconds, `The kernel did not answer within ${startSeconds} s.\n${lastWords}`);
  } catch (error) {
    await shutdown({ graceSeconds: 0 });
    throw error;
  }

  return {
    pid: child.pid!,
    async execute(code, { timeoutSeconds = 600, onOutput = () => undefined } = {}) {
      const content = { code, silent: false, store_history: true, user_expressions: {}, allow_stdin: false };
      const work = request('execute_request', { ...content, stop_on_error: true }, onOutput);
      const reply = await within(work, timeoutSeconds, `The cell ran longer than ${timeoutSeconds} s.`);
      return { status: String(reply.status), content: reply };
    },
    peakMemory: () => peakMemoryOf(child.pid!),
    interrupt: () => void child.kill('SIGINT'),
    shutdown,
  };
}

function peakMemoryOf(pid: number): number | undefined {
  try {
    const [, kilobytes] = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
    return kilobytes === undefined ? undefined : Number(kilobytes) * 1024;
  } catch {
    return undefined;
  }
}
