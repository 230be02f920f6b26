/** A context of llama.cpp: sequences that are computed in one batch, and the threads that compute it. */
export interface ContextShare {
  readonly sequences: number;
  readonly threads: number;
}

/** With fewer sequences in a batch, the weights are read for too few words. */
const FEWEST_SEQUENCES = 16;

/**
 * Shares sequences and threads out among contexts of one model. On a processor as many contexts as have 16 sequences and a
 * thread each: the threads of one context meet after every product and wait for each other, and while its words are drawn
 * only some of them have work; two contexts can fill each other's gaps (bench/README.md has the rates). A GPU gets one.
 */
export function shareOut({
  sequences,
  threads,
  onProcessor,
}: {
  sequences: number;
  threads: number;
  onProcessor: boolean;
}): ContextShare[] {
  const contexts = onProcessor ? Math.max(1, Math.min(threads, Math.floor(sequences / FEWEST_SEQUENCES))) : 1;
  const part = (whole: number, at: number) => Math.floor(whole / contexts) + (at < whole % contexts ? 1 : 0);
  return Array.from({ length: contexts }, (_, at) => ({ sequences: part(sequences, at), threads: part(threads, at) }));
}

/**
 * Hands out the places of several lanes, to each in the order of the calls: call k waits for a place in lane k modulo their
 * number. So what is computed together depends on the order of the calls, not on which lane happens to be ahead, as long as
 * enough calls wait.
 */
export function takeTurns<T>(lanes: readonly (readonly T[])[]): () => Promise<{ place: T; giveBack: () => void }> {
  const queues = lanes.map((places) => ({ idle: [...places], waiting: [] as ((place: T) => void)[] }));
  let calls = 0;
  return async () => {
    const { idle, waiting } = queues[calls++ % queues.length];
    const place = idle.shift() ?? (await new Promise<T>((resolve) => waiting.push(resolve)));
    const giveBack = (): void => {
      const next = waiting.shift();
      if (next) next(place);
      else idle.push(place);
    };
    return { place, giveBack };
  };
}
