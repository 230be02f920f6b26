import { StringDecoder } from 'node:string_decoder';

export type StreamName = 'stdout' | 'stderr';

/** Text waits no longer, and no more of it. */
const WAIT_MS = 50;
const KEPT_CHARACTERS = 1 << 16;

export interface StreamBuffer {
  write(name: StreamName, text: string): void;
  /** Sends what waits. */
  flush(): void;
}

/**
 * Gathers what is printed into few messages: a hundred thousand lines are a dozen, in their order among both streams. A
 * loop that never waits sends, too.
 */
export function bufferStreams(send: (name: StreamName, text: string) => void): StreamBuffer {
  let waiting: { name: StreamName; parts: string[]; size: number } | undefined;
  let timer: NodeJS.Timeout | undefined;
  let sent = 0;
  const flush = () => {
    clearTimeout(timer);
    timer = undefined;
    sent = Date.now();
    const due = waiting;
    waiting = undefined;
    if (due) send(due.name, due.parts.join(''));
  };
  return {
    write(name, text) {
      if (text === '') return;
      if (waiting && waiting.name !== name) flush();
      waiting ??= { name, parts: [], size: 0 };
      waiting.parts.push(text);
      waiting.size += text.length;
      if (waiting.size >= KEPT_CHARACTERS || Date.now() - sent > WAIT_MS) flush();
      else timer ??= setTimeout(flush, WAIT_MS);
    },
    flush,
  };
}

type Write = typeof process.stdout.write;

/** Sends what this process prints to `write`: bytes are decoded across pieces, and callbacks are called. */
export function captureStreams(write: (name: StreamName, text: string) => void): void {
  for (const name of ['stdout', 'stderr'] as const) {
    const decoder = new StringDecoder('utf8');
    process[name].write = ((
      chunk: string | Uint8Array,
      encoding?: BufferEncoding | ((e?: Error | null) => void),
      callback?: (e?: Error | null) => void,
    ) => {
      write(name, typeof chunk === 'string' ? chunk : decoder.write(Buffer.from(chunk)));
      const done = typeof encoding === 'function' ? encoding : callback;
      if (done) process.nextTick(done);
      return true;
    }) as Write;
  }
}
