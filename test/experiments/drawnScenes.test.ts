import { mkdtempSync, readdirSync, rmSync, truncateSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, expect, it } from 'vitest';
import type { LabelledImages } from '../../lib/evaluate/index.js';
import { keepDrawn } from '../../lib/experiments/drawnScenes.js';

const folder = mkdtempSync(path.join(tmpdir(), 'drawn-'));
afterAll(() => rmSync(folder, { recursive: true }));

let drawn = 0;
/** Three classes, pictures of 2 × 2 px that count up from `first`. */
const set = (first: number, relevant = false): LabelledImages => ({
  length: 600,
  size: 2,
  classes: ['a', 'b', 'c'],
  identity: 'of a test',
  batch(indices) {
    drawn += indices.length;
    return {
      images: Uint8Array.from(
        indices.flatMap((index) => Array.from({ length: 12 }, (_, at) => (first + index + at) % 256)),
      ),
      labels: Int32Array.from(indices, (index) => index % 3),
      ...(relevant && { relevant: Uint8Array.from(indices.flatMap((index) => [1, index % 2, 0])) }),
    };
  },
});

it('draws a set once, and gives the same pictures and labels in any order', async () => {
  const rows = [599, 0, 257, 3];
  const first = await keepDrawn(set(0), folder);
  expect(await first.batch(rows)).toEqual(await set(0).batch(rows));
  drawn = 0;
  const again = await keepDrawn(set(0), folder);
  expect(await again.batch(rows)).toEqual(await set(0).batch(rows));
  expect(drawn, 'its first picture tells it from others, and the test asks for four').toBe(1 + 4);
  expect(again).toMatchObject({ length: 600, size: 2, classes: ['a', 'b', 'c'], identity: 'of a test' });
});

it('keeps the classes of pictures that show several', async () => {
  const kept = await keepDrawn({ ...set(0, true), identity: 'several' }, folder);
  expect(await kept.batch([7, 2])).toEqual(await set(0, true).batch([7, 2]));
});

it('draws anew what is drawn otherwise, although it is called the same', async () => {
  const before = readdirSync(folder).length;
  const kept = await keepDrawn(set(100), folder);
  expect((await kept.batch([0])).images[0]).toBe(100);
  expect(readdirSync(folder).length).toBe(before + 2);
});

it('keeps no set of which nothing says what it is drawn from', async () => {
  const { identity: _, ...nameless } = set(0);
  expect(await keepDrawn(nameless, folder)).toBe(nameless);
});

it('refuses a file that was cut off instead of reading black pictures', async () => {
  const own = path.join(folder, 'cut');
  await keepDrawn(set(0), own);
  const [file] = readdirSync(own).filter((name) => name.endsWith('.rgb'));
  truncateSync(path.join(own, file), 12 * 10 + 5);
  const kept = await keepDrawn(set(0), own);
  expect((await kept.batch([9])).images).toHaveLength(12);
  await expect(async () => kept.batch([10])).rejects.toThrow(/expected: the pixels of a whole set[\s\S]*125 bytes/);
});
