import type { LlamaContext } from 'node-llama-cpp';
import { InputError } from '../errors.js';

type Sample = (...args: unknown[]) => Promise<unknown>;

/**
 * Makes a context sample in rounds: after a decode the first sequence alone, then all others at once; and no sequence
 * gets its word before all have theirs.
 *
 * First alone, because node-llama-cpp 3.21.1 samples a batch's sequences on several threads, and the first read of the
 * logits after a decode sorts their rows in place: threads would see each other's half-sorted rows, and words of one
 * caption would turn up in another. All together, because the sequences that had theirs early would start the next
 * batch without the others. The method it wraps is not public: if a later version moves it, this throws instead of
 * mixing captions.
 */
export function sampleInRounds(context: LlamaContext): void {
  const native = (context as unknown as { _ctx?: { sampleToken?: unknown } })._ctx;
  const sample = native?.sampleToken;
  if (native === undefined || typeof sample !== 'function') {
    throw new InputError({
      where: 'captions: a context of many sequences',
      expected: 'node-llama-cpp 3.21.1, whose concurrent sampling is known and put in order',
      found: 'another version',
      fix: 'install the pinned version, or take --sequences 1',
    });
  }
  Object.defineProperty(native, 'sampleToken', { value: inRounds((...args) => sample.apply(native, args)) });
}

/**
 * Calls of `sample` in rounds: the first call of a round runs alone, those that came meanwhile run together after it,
 * and all settle when the last has ended.
 */
export function inRounds(sample: Sample): Sample {
  let waiting: { args: unknown[]; settle: (result: Promise<unknown>) => void }[] = [];
  let running = false;
  const run = async (): Promise<void> => {
    running = true;
    while (waiting.length > 0) {
      const first = sample(...waiting[0].args);
      await Promise.allSettled([first]);
      const round = waiting;
      waiting = [];
      const results = [first, ...round.slice(1).map(({ args }) => sample(...args))];
      await Promise.allSettled(results);
      for (const [i, { settle }] of round.entries()) settle(results[i]);
    }
    running = false;
  };
  return (...args) =>
    new Promise((resolve) => {
      waiting.push({ args, settle: resolve });
      if (!running) void run();
    });
}
