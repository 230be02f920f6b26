import { format } from 'node:util';
import { type Cell, type DisplayContent, Interrupted, setCurrentCell } from '../../runs/cell.js';
import { cellFile } from './cellLines.js';
import { describeError, type ErrorContent } from './describeError.js';
import { type Language, openLanguage } from './language.js';
import { bufferStreams, captureStreams, type StreamName } from './streams.js';

/** How a cell's outputs leave: a message of this type. */
export type Publish = (type: string, content: object) => void;

export interface ExecuteReply {
  status: 'ok' | 'error';
  execution_count: number;
  [key: string]: unknown;
}

/** Runs cells, one at a time, and says what they show. */
export interface Session {
  readonly language: Language;
  run(code: string, options: { publish: Publish; silent: boolean; count: number }): Promise<ExecuteReply>;
  /** ■ */
  interrupt(): void;
}

/** Work that looks at the cell's signal gets this long to stop by itself, with its checkpoint. */
const GRACE_MS = 10_000;

interface RunningCell extends Cell {
  stop: AbortController;
  /** whether any work has asked for the signal */
  watched: boolean;
  write(name: StreamName, text: string): void;
  flush(): void;
  result(value: unknown): void;
  fail(parts: unknown[]): void;
  failure: ErrorContent | undefined;
}

export function openSession(): Session {
  let running: RunningCell | undefined;
  /** also after its end: what prints or shows later belongs to it */
  let last: RunningCell | undefined;
  const language = openLanguage({
    log: (value) => running?.result(value),
    error: (...parts) => running?.fail(parts),
    signal: () => running?.stop.signal,
  });

  process.on('unhandledRejection', (reason) => lost('UnhandledPromiseRejection', reason));
  process.on('uncaughtException', (error) => lost('UncaughtException', error));
  const lost = (kind: string, reason: unknown) => {
    if (reason instanceof Interrupted) return;
    process.stderr.write(`${kind}: ${describeError(reason).traceback.join('\n')}\n`);
  };

  return {
    language,
    async run(code, { publish, silent, count }) {
      if (!last) captureStreams((name, text) => last?.write(name, text));
      const cell = openCell(silent ? () => {} : publish, { count, code });
      running = cell;
      last = cell;
      setCurrentCell(cell);
      language.setDisplay((content, update) => cell.display(content as DisplayContent, update));
      let ok = false;
      try {
        ok = await language.execute(code, count);
      } catch (error) {
        cell.fail([error]);
      }
      running = undefined;
      cell.flush();
      if (ok) return { status: 'ok', execution_count: count, payload: [], user_expressions: {} };
      const failure = cell.failure ?? describeError(new Error('The cell failed and gave no reason.'));
      if (!silent) publish('error', failure);
      return { status: 'error', execution_count: count, ...failure };
    },
    interrupt() {
      if (!running) return;
      const { stop, watched } = running;
      const again = stop.signal.aborted;
      stop.abort(new Interrupted('stopped by ■'));
      if (again || !watched) return language.interrupt();
      const cell = running;
      setTimeout(() => cell === running && language.interrupt(), GRACE_MS).unref();
    },
  };
}

function openCell(publish: Publish, { count, code }: { count: number; code: string }): RunningCell {
  const stop = new AbortController();
  const streams = bufferStreams((name, text) => send('stream', { name, text }));
  /** what the cell shows so far, to be shown again without one of them */
  let shown: { type: string; content: object; id?: string }[] = [];
  const send = (type: string, content: object, id?: string) => {
    shown.push({ type, content, id });
    publish(type, content);
  };
  return {
    stop,
    watched: false,
    failure: undefined,
    get signal() {
      this.watched = true;
      return stop.signal;
    },
    write: streams.write,
    flush: streams.flush,
    display(content, update) {
      streams.flush();
      const id = content.transient.display_id;
      if (!update) return send('display_data', content, id);
      for (const one of shown) if (id && one.id === id) one.content = content;
      publish('update_display_data', content);
    },
    erase(id) {
      streams.flush();
      shown = shown.filter((one) => one.id !== id);
      publish('clear_output', { wait: shown.length > 0 });
      for (const { type, content } of shown) publish(type, content);
    },
    result(value) {
      streams.flush();
      const text = value instanceof Promise ? 'a promise: put `await` before it to see its value' : format(value);
      send('execute_result', { execution_count: count, data: { 'text/plain': text }, metadata: {} });
    },
    fail(parts) {
      streams.flush();
      const [first] = parts;
      const isDiagnostic = typeof first === 'string' && parts.length > 1;
      const next = isDiagnostic
        ? diagnostic(format(...parts), { count, code })
        : stoppedOr(describeError(first), stop.signal, first);
      // The compiler tells one diagnostic a call.
      const before = this.failure;
      this.failure = before
        ? { ...before, evalue: `${before.evalue}\n${next.evalue}`, traceback: [...before.traceback, ...next.traceback] }
        : next;
    },
  };
}

/** What the compiler says, which begins with `line:column` in the cell, and that line. */
function diagnostic(text: string, { count, code }: { count: number; code: string }): ErrorContent {
  const line = Number(/^(\d+):\d+ - /.exec(text)?.[1]);
  const own = code.split('\n')[line - 1];
  const place = own === undefined ? [] : [`  at ${cellFile(count)}, line ${line}:  ${own.trim()}`];
  return { ename: 'TypeScript', evalue: text, traceback: [text, ...place] };
}

/** What a failure is after ■: whatever was thrown, the reader has stopped it. */
function stoppedOr(error: ErrorContent, signal: AbortSignal, thrown: unknown): ErrorContent {
  const synchronous = (thrown as { code?: string } | undefined)?.code === 'ERR_SCRIPT_EXECUTION_INTERRUPTED';
  if (!signal.aborted && !synchronous) return error;
  const evalue = 'stopped by ■';
  return { ename: 'Interrupted', evalue, traceback: [`Interrupted: ${evalue}`] };
}
