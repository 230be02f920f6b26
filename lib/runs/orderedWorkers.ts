import { Worker } from 'node:worker_threads';
import { InputError } from '../errors.js';

/** The items of a sequence, one after the other. */
export interface OrderedItems<T> {
  /** The next item. @throws what went wrong with it, when its turn has come */
  next(): Promise<T>;
  /**
   * Gives an item back that is no longer needed: its arrays may become those of a later one, and may be gone here. Large
   * ones are then not left to the garbage collector, which stops this thread for them.
   */
  giveBack(item: T): void;
  /** Ends the threads. */
  close(): Promise<void>;
}

/** Makes the item of a step, a function of the step alone; in the arrays of `spare`, an item given back, if it likes. */
export type MakeItem<T> = (step: number, spare?: T) => T | Promise<T>;

/** An exported function, and what to call it with: how a worker thread opens what this thread has. */
export interface Opener {
  /** URL of the module, usually its `import.meta.url` */
  module: string;
  name: string;
  /** plain data */
  options: unknown;
}

/** What an opener's function returns. */
export async function openBy<T>({ module, name, options }: Opener): Promise<T> {
  return (await import(module))[name](options);
}

/** What a worker thread is told. */
export interface ItemRequest {
  step: number;
  spare: unknown;
}

/** What a worker thread says of a step. */
export type ItemMessage = { step: number } & (
  | { item: unknown }
  | { refused: { where: string; expected: string; found: string; fix: string } }
  | { stack: string }
);

/** The buffers of all typed arrays in an item of plain data. */
export function buffersOf(value: unknown, found = new Set<ArrayBuffer>()): Set<ArrayBuffer> {
  if (ArrayBuffer.isView(value)) found.add(value.buffer as ArrayBuffer);
  else if (typeof value === 'object' && value !== null) for (const part of Object.values(value)) buffersOf(part, found);
  return found;
}

/**
 * The items `from` … `until` − 1 of a sequence. With `workers`, threads prepare them ahead of time while this thread
 * computes, and hand them over without a copy; without, they are made when they are asked for. The number of threads
 * changes nothing but the time.
 *
 * Thread w of n makes every n-th item. It is told of its next ones early: it never waits for this thread, which may be busy.
 *
 * @param open called once, without `workers`
 * @param opener the same for threads: each calls it once. The typed arrays of an item leave the thread, and must be its own
 * @param ahead items that are prepared or being prepared, beside the one in use
 * @throws InputError for a bad number of workers, or where they lack an opener
 */
export function prepareInOrder<T>({
  open,
  opener,
  from = 0,
  until = Number.POSITIVE_INFINITY,
  workers = 0,
  ahead = 2 * workers,
}: {
  open: () => MakeItem<T> | Promise<MakeItem<T>>;
  opener?: Opener;
  from?: number;
  until?: number;
  workers?: number;
  ahead?: number;
}): OrderedItems<T> {
  checkWorkers({ from, workers, ahead, opener });
  let step = from;
  const spares: T[] = [];
  const giveBack = (item: T) => void spares.push(item);
  const take = () => {
    if (step >= until) throw new RangeError(`a sequence that ends at ${until} has no item ${step}`);
    return step++;
  };
  if (!opener || workers === 0) {
    let make: ReturnType<typeof open> | undefined;
    const next = async () => {
      const taken = take();
      make ??= open();
      return (await make)(taken, spares.pop());
    };
    return { next, giveBack, close: async () => {} };
  }

  const threads = Array.from({ length: Math.max(0, Math.min(workers, until - from)) }, () => startThread<T>(opener));
  const threadOf = (of: number) => threads[of % threads.length];
  const asked: Promise<T>[] = [];
  const ask = () => {
    while (asked.length < ahead && step + asked.length < until) {
      const next = step + asked.length;
      const item = threadOf(next).make(next, spares.pop());
      item.catch(() => {}); // heard when its turn has come
      asked.push(item);
    }
  };
  ask();
  return {
    async next() {
      const thread = threadOf(take());
      const item = asked.shift() as Promise<T>;
      ask();
      return thread.awaited(item);
    },
    giveBack,
    async close() {
      await Promise.all(threads.map((thread) => thread.end()));
    },
  };
}

function checkWorkers({
  from,
  workers,
  ahead,
  opener,
}: {
  from: number;
  workers: number;
  ahead: number;
  opener?: Opener;
}): void {
  const refuse = (where: string, expected: string, found: unknown, fix: string) => {
    throw new InputError({ where, expected, found: String(found), fix });
  };
  if (!(Number.isSafeInteger(from) && from >= 0))
    refuse('from', 'a whole number, 0 or more', from, 'count steps from 0');
  if (!(Number.isInteger(workers) && workers >= 0))
    refuse('workers', '0, 1, 2 … worker threads', workers, 'give a number');
  if (workers === 0) return;
  if (!opener) refuse('workers', 'images with an `opener`', 'none', 'give them an `opener`, or take 0 workers');
  if (!(Number.isInteger(ahead) && ahead >= 1)) refuse('ahead', '1, 2, 3 … items', ahead, 'leave it out');
}

interface ItemThread<T> {
  make(step: number, spare?: T): Promise<T>;
  /** The same, and the process lives until it is settled: a thread that nobody waits for keeps no process from its end. */
  awaited(item: Promise<T>): Promise<T>;
  end(): Promise<unknown>;
}

function startThread<T>(opener: Opener): ItemThread<T> {
  const worker = new Worker(new URL('./orderedWorker.js', import.meta.url), { workerData: opener });
  const waiting = new Map<number, { resolve: (item: T) => void; reject: (error: unknown) => void }>();
  let broken: unknown;
  const fail = (error: unknown) => {
    broken ??= error;
    for (const { reject } of waiting.values()) reject(broken);
    waiting.clear();
  };
  worker.on('message', (message: ItemMessage) => {
    const asked = waiting.get(message.step);
    waiting.delete(message.step);
    if ('item' in message) asked?.resolve(message.item as T);
    else asked?.reject('refused' in message ? new InputError(message.refused) : new Error(message.stack));
  });
  worker.on('error', fail);
  worker.on('exit', (code) => fail(new Error(`a worker thread that prepares items ended with exit code ${code}`)));
  // After the listeners: to listen for messages takes the reference again.
  worker.unref();
  return {
    make: (step, spare) =>
      new Promise((resolve, reject) => {
        if (broken) return reject(broken);
        waiting.set(step, { resolve, reject });
        worker.postMessage({ step, spare } satisfies ItemRequest, [...buffersOf(spare)]);
      }),
    async awaited(item) {
      worker.ref();
      try {
        return await item;
      } finally {
        worker.unref();
      }
    },
    end: () => worker.terminate(),
  };
}
