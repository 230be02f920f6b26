import { InputError } from '../../lib/dist/errors.js';

/**
 * What the threads of orderedWorkers.test.ts open. `started` (of a SharedArrayBuffer) counts the items begun; steps named in
 * `refused`, `thrown`, `slow` and `deadly` go wrong in their ways.
 */
export async function openItems({ started, refused = [], thrown = [], slow = [], deadly = [] } = {}) {
  let last;
  return async (step, spare) => {
    if (started) Atomics.add(new Int32Array(started), 0, 1);
    if (refused.includes(step))
      throw new InputError({ where: `item ${step}`, expected: 'good', found: 'bad', fix: 'mend it' });
    if (thrown.includes(step)) throw new Error(`item ${step} is broken`);
    if (slow.includes(step)) await new Promise((resolve) => setTimeout(resolve, 100));
    if (deadly.includes(step)) process.exit(3);
    const before = last?.byteLength;
    last = spare?.data.numbers ?? new Float32Array(4);
    for (let i = 0; i < 4; i++) last[i] = 10 * step + i;
    return { step, data: { numbers: last, same: last.subarray(1, 3) }, before, reused: spare?.step };
  };
}
