import { mkdirSync, mkdtempSync, rmSync, utimesSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { hashOfImages } from '../../lib/evaluate/featureCache.js';
import { folderTask } from '../../lib/evaluate/tasks/folderTask.js';

let folder: string;
const put = async (file: string, value: number) => {
  mkdirSync(path.dirname(path.join(folder, file)), { recursive: true });
  await sharp(Buffer.alloc(12, value), { raw: { width: 2, height: 2, channels: 3 } }).toFile(path.join(folder, file));
};
beforeAll(async () => {
  folder = mkdtempSync(path.join(tmpdir(), 'task-'));
  for (const split of ['train', 'test'])
    for (const name of ['cats', 'owls']) for (let i = 10; i < 28; i++) await put(`${split}/${name}/${i}.png`, i);
});
afterAll(() => rmSync(folder, { recursive: true }));

/** What features of the test split are kept by. */
const key = async () => hashOfImages((await folderTask(folder).open({ size: 4 })).test);

it('features of a picture that was replaced under its name are other features', async () => {
  const before = await key();
  expect(await key()).toBe(before);
  // Not among the sixteen pictures that are looked at: those are every second one.
  const replaced = 'test/cats/11.png';
  await put(replaced, 200);
  const after = await key();
  expect(after).not.toBe(before);
  utimesSync(path.join(folder, replaced), 1000, 1000);
  expect(await key()).not.toBe(after);
});

it('validation under another name is refused, not left out', async () => {
  for (const name of ['validation', 'Val']) {
    mkdirSync(path.join(folder, name));
    await expect(folderTask(folder).open({ size: 4 })).rejects.toThrow(
      new RegExp(`a folder called val\\n.*found: {4}${name}\\n.*rename ${name} to val`),
    );
    rmSync(path.join(folder, name), { recursive: true });
  }
});

it('one class is none to tell apart', async () => {
  rmSync(path.join(folder, 'train', 'owls'), { recursive: true });
  await expect(folderTask(folder).open({ size: 4 })).rejects.toThrow(/two classes at least[\s\S]*a single class, cats/);
});
