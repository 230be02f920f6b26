import { readdirSync, statSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { drawnConcepts, drawnScenes, readDrawings } from '../../lib/data/drawnScenes.js';
import { realAllowance } from '../../lib/data/splits.js';
import { fitSprite } from '../../lib/data/spriteRender.js';
import { projectPath, readJson, sha256 } from '../../lib/runs/index.js';

const folder = projectPath('data', 'drawings');

describe('the committed drawings', () => {
  it('are at least a hundred concepts of the world, in its order, of ten megabytes at most, each with its origin', () => {
    const drawings = readDrawings();
    expect(drawnConcepts().length).toBeGreaterThanOrEqual(100);
    const there = drawnConcepts().flatMap(({ name }) =>
      readdirSync(path.join(folder, name)).map((file) => `${name}/${file}`),
    );
    expect(there.sort()).toEqual(drawings.map(({ file }) => file).sort());
    const bytes = drawings.reduce((sum, { file }) => sum + statSync(path.join(folder, file)).size, 0);
    expect(bytes).toBeLessThan(10e6);
    const origins = readJson<{ source: string; sha256: string }[]>(path.join(folder, 'origin.json'));
    expect(new Set(origins.map((one) => one.source)).size).toBe(drawings.length);
    for (const origin of origins) expect(origin.sha256).toMatch(/^[0-9a-f]{64}$/);
  });
});

describe('drawnScenes', () => {
  it('shows every drawing `each` times, before backgrounds of the test split, the same for the same seed', async () => {
    const concepts = drawnConcepts().slice(0, 3);
    const scenes = await drawnScenes({ each: 2, seed: 5, size: 32, concepts });
    const count = readDrawings().filter(({ concept }) => concepts.some(({ name }) => name === concept)).length;
    expect(scenes.length).toBe(2 * count);
    expect([...scenes.shown]).toEqual([...Array(count).keys(), ...Array(count).keys()]);
    scenes.labels.forEach((label, i) => {
      expect(scenes.classes[label]).toBe(scenes.drawings[scenes.shown[i]].concept);
    });
    const { image, mask } = scenes.render(1);
    expect(image.length).toBe(32 * 32 * 3);
    const covered = mask.filter(Boolean).length / mask.length;
    expect(covered).toBeGreaterThan(0.02);
    expect(covered).toBeLessThan(0.95);
    const again = await drawnScenes({ each: 2, seed: 5, size: 32, concepts });
    const hashes = (set: typeof scenes) => [0, 1, count].map((i) => sha256(set.render(i).image));
    expect(hashes(again)).toEqual(hashes(scenes));
    expect(new Set(hashes(scenes)).size).toBe(3);
    expect(realAllowance(concepts[0], 'test').backgrounds.length).toBeGreaterThan(0);
  });

  it('refuses no scenes and concepts that nobody drew', async () => {
    await expect(drawnScenes({ each: 0, seed: 0 })).rejects.toThrow(/one or more scenes/);
    await expect(drawnScenes({ each: 1, seed: 0, concepts: [] })).rejects.toThrow(/0 drawings/);
  });
});

it('fitSprite: the visible part fills the square but for a rim, premultiplied', async () => {
  // A red square of 4 × 4 with half alpha in the corner of 16 × 16.
  const rgba = new Uint8Array(16 * 16 * 4);
  for (let y = 0; y < 4; y++) for (let x = 0; x < 4; x++) rgba.set([200, 0, 0, 128], 4 * (y * 16 + x));
  const sprite = await fitSprite(rgba, { width: 16, height: 16 }, 10);
  expect([...sprite.subarray(4 * (5 * 10 + 5), 4 * (5 * 10 + 5) + 4)]).toEqual([100, 0, 0, 128]);
  expect(sprite[3]).toBe(0);
  expect(sprite[4 * (1 * 10 + 1) + 3]).toBeGreaterThan(0);
});
