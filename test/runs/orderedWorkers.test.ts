import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { InputError } from '../../lib/errors.js';
import type { MakeItem } from '../../lib/runs/orderedWorkers.js';

// Worker threads run what was built (`npm test` builds first).
const built = new URL('../../lib/dist/runs/orderedWorkers.js', import.meta.url).href;
const { prepareInOrder }: typeof import('../../lib/runs/orderedWorkers.js') = await import(built);

interface Item {
  step: number;
  data: { numbers: Float32Array; same: Float32Array };
  /** bytes of the array of the same thread's last item, after that was handed over */
  before?: number;
  /** the step of the item whose arrays these were */
  reused?: number;
}

const module = new URL('./items.mjs', import.meta.url).href;
const { openItems }: { openItems: (options?: object) => Promise<MakeItem<Item>> } = await import(module);
const open = (options: object, more: { from?: number; until?: number; workers?: number; ahead?: number }) =>
  prepareInOrder<Item>({ open: () => openItems(options), opener: { module, name: 'openItems', options }, ...more });

describe('prepareInOrder', () => {
  it.each([{ workers: 0 }, { workers: 1 }, { workers: 3 }, { workers: 2, ahead: 1 }, { workers: 12, ahead: 20 }])(
    'gives the items of the sequence in their order, then no more: %o',
    async (more) => {
      const items = open({ slow: [4] }, { from: 3, until: 11, ...more });
      for (let step = 3; step < 11; step++) {
        const { step: given, data } = await items.next();
        expect(given).toBe(step);
        expect([...data.numbers]).toEqual([0, 1, 2, 3].map((i) => 10 * step + i));
        expect([...data.same]).toEqual([10 * step + 1, 10 * step + 2]);
      }
      await expect(items.next()).rejects.toThrow('a sequence that ends at 11 has no item 11');
      await items.close();
    },
  );

  it('hands arrays over without a copy: they are gone from the thread', async () => {
    const items = open({}, { workers: 1, until: 3 });
    const befores = [await items.next(), await items.next(), await items.next()].map(({ before }) => before);
    expect(befores).toEqual([undefined, 0, 0]);
    await items.close();
    const here = open({}, { until: 2 });
    expect([await here.next(), await here.next()].map(({ before }) => before)).toEqual([undefined, 16]);
  });

  it.each([0, 1, 2])('arrays of an item given back become those of a later one, %i workers', async (workers) => {
    const items = open({}, { workers, until: 8 });
    const seen = [];
    for (let step = 0; step < 8; step++) {
      const item = await items.next();
      expect([...item.data.numbers]).toEqual([0, 1, 2, 3].map((i) => 10 * step + i));
      seen.push(item.reused);
      if (step % 2 === 0) items.giveBack(item);
    }
    // It goes with the next request: of the item after the one in use, and after those that are prepared already.
    const ahead = workers * 2;
    expect(seen).toEqual(
      [0, 1, 2, 3, 4, 5, 6, 7].map((step) => {
        const from = step - 1 - ahead;
        return from >= 0 && from % 2 === 0 ? from : undefined;
      }),
    );
    await items.close();
  });

  it.each([
    { workers: 2, expected: 4 },
    { workers: 2, ahead: 5, expected: 5 },
    { workers: 3, ahead: 2, expected: 2 },
  ])('prepares so many items ahead, and no more: %o', async ({ expected, ...more }) => {
    const started = new SharedArrayBuffer(4);
    const count = () => Atomics.load(new Int32Array(started), 0);
    const items = open({ started }, more);
    for (const taken of [0, 1, 2]) {
      if (taken > 0) await items.next();
      while (count() < taken + expected) await sleep(2);
      await sleep(20);
      expect(count()).toBe(taken + expected);
    }
    await items.close();
  });

  it.each([0, 1, 2])('tells what went wrong with an item when its turn has come, %i workers', async (workers) => {
    const items = open({ refused: [1], thrown: [2] }, { workers, until: 5 });
    expect((await items.next()).step).toBe(0);
    const refusal = await items.next().catch((error) => error);
    expect(refusal.message).toBe(
      new InputError({ where: 'item 1', expected: 'good', found: 'bad', fix: 'mend it' }).message,
    );
    expect(refusal).toMatchObject({ name: 'InputError', where: 'item 1', fix: 'mend it' });
    await expect(items.next()).rejects.toThrow('item 2 is broken');
    expect((await items.next()).step).toBe(3);
    await items.close();
  });

  it('a thread that dies takes its own items with it', async () => {
    const items = open({ deadly: [2], slow: [2] }, { workers: 2, until: 6 });
    expect((await items.next()).step).toBe(0);
    expect((await items.next()).step).toBe(1);
    await expect(items.next()).rejects.toThrow(/exit code 3/);
    expect((await items.next()).step).toBe(3);
    await expect(items.next()).rejects.toThrow(/exit code 3/);
    await items.close();
  });

  it('close ends the threads, and with them what they were asked for', async () => {
    const items = open({ slow: [0] }, { workers: 1 });
    const [first] = await Promise.allSettled([items.next(), items.close()]);
    expect(first.status).toBe('rejected');
    await expect(items.next()).rejects.toThrow(/thread that prepares items ended/);
  });

  it('a module that cannot be opened is named by the first item', async () => {
    const opener = { module: new URL('./none.mjs', import.meta.url).href, name: 'openItems', options: {} };
    const items = prepareInOrder({ open: () => openItems(), opener, workers: 1 });
    await expect(items.next()).rejects.toThrow(/none\.mjs/);
    await items.close();
  });

  it('refuses a number of workers that is none, and workers that cannot open the items', () => {
    expect(() => open({}, { workers: -1 })).toThrow(/workers[\s\S]*-1/);
    expect(() => open({}, { workers: Number.NaN })).toThrow(/workers[\s\S]*NaN/);
    expect(() => open({}, { workers: 1, ahead: 0 })).toThrow(/ahead[\s\S]*0/);
    expect(() => prepareInOrder({ open: () => openItems(), workers: 1 })).toThrow(/opener/);
  });
});
