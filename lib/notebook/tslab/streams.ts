import { StringDecoder } from 'node:string_decoder';

export type StreamName = 'stdout' | 'stderr';

/** Text waits no longer, and no more of it. */
const WAIT_MS = 50;
const KEPT_CHARACTERS = 1 << 16;
/** So often may the streams take turns while text waits. A client reads some hundred messages a second, and gives up after four. */
const MOST_TURNS = 20;

export interface StreamBuffer {
  write(name: StreamName, text: string): void;
  /** Sends what waits. */
  flush(): void;
}

/** Text of one stream, which becomes a message. */
interface Piece {
  name: StreamName;
  parts: string[];
}

/**
 * Gathers what is printed into few messages: a hundred thousand lines are a dozen, in their order among both streams unless
 * these take turns all the time: then in the order within each. A loop that never waits sends, too.
 */
export function bufferStreams(send: (name: StreamName, text: string) => void): StreamBuffer {
  let waiting: Piece[] = [];
  let size = 0;
  let timer: NodeJS.Timeout | undefined;
  let sent = 0;
  const flush = () => {
    clearTimeout(timer);
    timer = undefined;
    sent = Date.now();
    const due = waiting;
    [waiting, size] = [[], 0];
    for (const { name, parts } of due) send(name, parts.join(''));
  };
  const pieceOf = (name: StreamName): Piece => {
    // The last but one is always of the other stream than the last.
    const open = waiting.slice(waiting.length < MOST_TURNS ? -1 : -2);
    const found = open.find((piece) => piece.name === name);
    if (found) return found;
    const piece: Piece = { name, parts: [] };
    waiting.push(piece);
    return piece;
  };
  return {
    write(name, text) {
      if (text === '') return;
      pieceOf(name).parts.push(text);
      size += text.length;
      if (size >= KEPT_CHARACTERS || Date.now() - sent > WAIT_MS) flush();
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
