import type { LlamaContext } from 'node-llama-cpp';
import { InputError } from '../errors.js';

/**
 * Makes a context sample one sequence after another.
 *
 * node-llama-cpp 3.21.1 decodes many sequences in one batch, then samples them on several threads at once. The first
 * read of the logits after a decode sorts their rows in place, so threads see each other's half-sorted rows, and
 * words of one caption turn up in another. One sample at a time is the same work on one thread, and right. The method
 * it wraps is not public: if a later version moves it, this throws instead of mixing captions.
 */
export function sampleOneAtATime(context: LlamaContext): void {
  const native = (context as unknown as { _ctx?: { sampleToken?: unknown } })._ctx;
  const sample = native?.sampleToken;
  if (native === undefined || typeof sample !== 'function') {
    throw new InputError({
      where: 'captions: a context of many sequences',
      expected: 'node-llama-cpp 3.21.1, whose concurrent sampling is known and put in order',
      found: 'another version',
      fix: 'install the pinned version, or set sequences: 1',
    });
  }
  let last: Promise<unknown> = Promise.resolve();
  Object.defineProperty(native, 'sampleToken', {
    value: (...args: unknown[]) => {
      const result = last.then(() => sample.apply(native, args) as unknown);
      last = result.catch(() => undefined);
      return result;
    },
  });
}
