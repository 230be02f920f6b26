import { spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { InputError } from '../errors.js';
import type { Browser } from './unpackChromium.js';

/** One page of a headless browser. */
export interface Page {
  /** Runs an expression in the page and returns its value (JSON), awaiting promises. */
  evaluate(expression: string): Promise<unknown>;
  /** A command of the DevTools protocol to this page. */
  call(method: string, params?: object): Promise<Record<string, unknown>>;
  /** Tells of what happens in the page, once a command such as `Network.enable` has asked for it. */
  onEvent(listener: (method: string, params: Record<string, unknown>) => void): void;
  /** whether the browser has ended */
  gone(): boolean;
  close(): Promise<void>;
}

const flags = [
  '--headless',
  '--no-sandbox', // containers run as root, where Chromium's sandbox cannot start; the page only ever loads Plotly
  '--no-zygote',
  '--disable-gpu',
  '--disable-dev-shm-usage',
  '--disable-quic',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--no-first-run',
  // The same pixels everywhere:
  '--font-render-hinting=none',
  '--disable-lcd-text',
  '--force-color-profile=srgb',
  '--force-device-scale-factor=1',
  '--remote-debugging-pipe',
];

interface Reply {
  id?: number;
  result?: Record<string, unknown>;
  error?: { message: string };
  /** of an event, which has no id */
  method?: string;
  params?: Record<string, unknown>;
}

/**
 * Starts a browser and opens an empty page, spoken to over a pipe (Chrome DevTools Protocol).
 *
 * An idle browser keeps no program running (which is why this is not left to Playwright): a script, or a notebook's
 * kernel, may end whenever it likes, and the browser ends with it, even after `kill -9`.
 */
export async function openPage({ program, env }: Browser, moreFlags: readonly string[] = []): Promise<Page> {
  const child = spawn(program, [...flags, ...moreFlags], {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'ignore', 'pipe', 'pipe', 'pipe'],
    // A group of its own: Jupyter's ■, like Ctrl-C, reaches every process of ours. It ends when our end of the pipe closes.
    detached: true,
  });
  let lastWords = '';
  const [, , errors, input, output] = child.stdio as unknown as Socket[];
  errors.setEncoding('utf8').on('data', (text: string) => {
    lastWords = (lastWords + text).slice(-2000);
  });
  const failed = (found: string) =>
    new InputError({
      where: `Chromium, which draws the figures (${program})`,
      expected: 'a headless browser that starts',
      found: `${found}\n${lastWords}`.trimEnd(),
      fix: 'run `npm ci` again, or let the environment variable SYNCLR_CHROMIUM name a Chromium of this machine',
    });

  const waiting = new Map<number, { resolve: (reply: Reply) => void; reject: (error: Error) => void }>();
  let gone: Error | undefined;
  const end = (error: Error) => {
    gone ??= error;
    for (const { reject } of waiting.values()) reject(error);
    waiting.clear();
  };
  child.once('error', (error) => end(failed(error.message)));
  child.once('close', (code, signal) => end(failed(`it ended (${signal ?? `exit code ${code}`})`)));
  input.on('error', () => undefined);

  const handles = [child, errors, input, output];
  const hold = (busy: boolean) => {
    for (const handle of handles) busy ? handle.ref() : handle.unref();
  };
  const kill = () => void child.kill('SIGKILL');
  process.on('exit', kill);
  child.once('exit', () => process.off('exit', kill));

  const listeners: ((method: string, params: Record<string, unknown>) => void)[] = [];
  let rest: Buffer[] = [];
  output.on('data', (chunk: Buffer) => {
    for (let from = 0; ; ) {
      const stop = chunk.indexOf(0, from); // messages end with a zero byte
      rest.push(chunk.subarray(from, stop < 0 ? undefined : stop));
      if (stop < 0) return;
      const reply: Reply = JSON.parse(Buffer.concat(rest).toString('utf8'));
      rest = [];
      from = stop + 1;
      if (reply.id === undefined) {
        for (const listener of listeners) listener(String(reply.method), reply.params ?? {});
        continue;
      }
      waiting.get(reply.id)?.resolve(reply);
      waiting.delete(reply.id);
    }
  });

  let lastId = 0;
  const call = async (method: string, params: object, sessionId?: string): Promise<Record<string, unknown>> => {
    if (gone) throw gone;
    const id = ++lastId;
    hold(true);
    try {
      const reply = await new Promise<Reply>((resolve, reject) => {
        waiting.set(id, { resolve, reject });
        input.write(`${JSON.stringify({ id, method, params, sessionId })}\0`);
      });
      if (reply.error) throw new Error(`${method}: ${reply.error.message}`);
      return reply.result ?? {};
    } finally {
      if (waiting.size === 0) hold(false);
    }
  };

  const close = async () => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    const exit = once(child, 'exit');
    const asked = call('Browser.close', {}).catch(() => undefined);
    // Held until it is gone: a program that waits for nothing else would end here, and this promise never settle.
    asked.finally(() => hold(true));
    await Promise.race([exit, sleep(2000)]);
    kill();
    await exit;
  };

  try {
    const { targetId } = await call('Target.createTarget', { url: 'about:blank' });
    const { sessionId } = await call('Target.attachToTarget', { targetId, flatten: true });
    return {
      async evaluate(expression) {
        const options = { expression, awaitPromise: true, returnByValue: true };
        const answer = await call('Runtime.evaluate', options, String(sessionId));
        const problem = answer.exceptionDetails as { text: string; exception?: { description?: string } } | undefined;
        if (problem) throw new Error(problem.exception?.description ?? problem.text);
        return (answer.result as { value?: unknown }).value;
      },
      call: (method, params = {}) => call(method, params, String(sessionId)),
      onEvent: (listener) => void listeners.push(listener),
      gone: () => gone !== undefined,
      close,
    };
  } catch (error) {
    kill();
    throw error;
  }
}
