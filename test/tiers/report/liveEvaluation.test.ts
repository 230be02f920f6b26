import { expect, it } from 'vitest';
import { taskPictures, taskTable } from '../../../lib/tiers/index.js';

it('every task has a row that says what it stands for, and pictures with their answers', async () => {
  expect(taskTable()).toHaveLength(15);
  const rows = await taskPictures('smoke', { images: 2 });
  expect(rows.length).toBeGreaterThanOrEqual(14);
  for (const { images, captions } of rows) {
    expect(images).toHaveLength(2);
    for (const image of images) expect(image).toMatch(/^data:image\/png/);
    expect(captions?.every((caption) => caption.length > 0)).toBe(true);
  }
  expect(rows.find(({ label }) => label === 'many objects')?.captions?.[0]).toMatch(/^[1-4] of 20$/);
});
