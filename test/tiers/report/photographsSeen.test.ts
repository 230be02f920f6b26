import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import sharp from 'sharp';
import { afterAll, describe, expect, it } from 'vitest';
import { readDrawings } from '../../../lib/data/drawnScenes.js';
import { drawingsOnWhite } from '../../../lib/tiers/report/drawingRetrieval.js';
import { chancePlace, photographsSeen, placeOfFirst } from '../../../lib/tiers/report/photographsSeen.js';

describe('places', () => {
  it('placeOfFirst: from 1, the first that is wanted, NaN where none is', () => {
    expect(placeOfFirst([7, 4, 9, 2], (row) => row % 2 === 0)).toBe(2);
    expect(placeOfFirst([7, 4], (row) => row > 7)).toBeNaN();
  });

  it('chancePlace is the mean of placeOfFirst over all orders', () => {
    const orders = (rows: number[]): number[][] =>
      rows.length === 0
        ? [[]]
        : rows.flatMap((row, i) => orders(rows.filter((_, j) => j !== i)).map((rest) => [row, ...rest]));
    for (const wanted of [1, 2, 5]) {
      const places = orders([0, 1, 2, 3, 4, 5]).map((order) => placeOfFirst(order, (row) => row < wanted));
      expect(chancePlace(6, wanted)).toBeCloseTo(places.reduce((a, b) => a + b, 0) / places.length, 10);
    }
  });
});

describe('photographsSeen', () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'seen-'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it('finds a drawing that is asked about first, by pixels and by a network; a concept that nobody drew has no place', async () => {
    const size = 64;
    const at = readDrawings().findIndex(({ file }) => file === 'pear/green_pear_01.webp');
    const { pixels } = await drawingsOnWhite(size);
    const file = path.join(folder, 'pear.png');
    await sharp(pixels[at], { raw: { width: size, height: size, channels: 3 } })
      .png()
      .toFile(file);
    const photographs = [
      { file, shows: 'a pear', concept: 'pear' },
      { file, shows: 'yours' },
    ];
    const found = await photographsSeen({ photographs, who: 'random', keys: ['pixels', 'random'], count: 3 });
    expect(found.places).toHaveLength(1);
    expect(found.places[0]).toMatchObject({ photograph: 'a pear', 'raw pixels': 1, 'random init': 1 });
    expect(found.rows.map(({ label }) => label)).toEqual(['a pear', 'yours']);
    // Seen, the patches of the one network, three neighbours.
    expect(found.columnLabels).toEqual(['seen', 'random init', '', 'nearest drawings, by random init', '']);
    for (const { images, captions } of found.rows) {
      expect(images).toHaveLength(5);
      expect(images[2]).toBe(images[0]);
      expect(captions!.slice(0, 3)).toEqual(['', '', 'pear']);
    }
  }, 600_000);

  it('refuses a file that is no picture', async () => {
    const file = path.join(folder, 'words.png');
    writeFileSync(file, 'not a picture');
    await expect(photographsSeen({ photographs: [{ file, shows: 'words' }] })).rejects.toThrow(/words\.png/);
  });
});
