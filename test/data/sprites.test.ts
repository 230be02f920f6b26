import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { conceptsNamed } from '../../lib/data/concepts.js';
import { shrink } from '../../lib/data/mipmap.js';
import { renderSprite } from '../../lib/data/spriteRender.js';
import { loadSprites } from '../../lib/data/sprites.js';
import { InputError } from '../../lib/errors.js';
import { rng } from '../../lib/random/rng.js';

let cacheFolder: string;
beforeEach(() => {
  cacheFolder = mkdtempSync(path.join(os.tmpdir(), 'sprites-'));
});
afterEach(() => rmSync(cacheFolder, { recursive: true }));

describe('renderSprite', () => {
  const bar =
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 40 40"><path fill="#ff8000" d="M10 18h20v5H10z"/></svg>';

  it('trims to the drawing, fills the longer side but a rim, and centres the shorter one', async () => {
    const size = 42;
    const data = await renderSprite(bar, size);
    const alpha = (x: number, y: number) => data[4 * (y * size + x) + 3];
    for (let i = 0; i < size; i++) {
      for (const edge of [alpha(i, 0), alpha(i, size - 1), alpha(0, i), alpha(size - 1, i)]) expect(edge).toBe(0);
    }
    expect(alpha(1, 21)).toBeGreaterThan(128);
    expect(alpha(size - 2, 21)).toBeGreaterThan(128);
    // 20 × 5 becomes 40 × 10: rows 16 to 25.
    expect(alpha(21, 14)).toBe(0);
    expect(alpha(21, 17)).toBeGreaterThan(245);
    expect(alpha(21, 24)).toBeGreaterThan(245);
    expect(alpha(21, 27)).toBe(0);
    const middle = 4 * (21 * size + 21);
    expect([...data.subarray(middle, middle + 4)]).toEqual([255, 128, 0, 255]);
  });

  it('gives premultiplied colours, and the same bytes every time', async () => {
    const data = await renderSprite(bar, 33);
    for (let i = 0; i < data.length; i += 4) {
      for (let c = 0; c < 3; c++) expect(data[i + c]).toBeLessThanOrEqual(data[i + 3]);
    }
    expect(await renderSprite(bar, 33)).toEqual(data);
  });

  it('refuses an empty drawing', async () => {
    await expect(renderSprite('<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9"/>', 16)).rejects.toThrow(
      /empty/,
    );
  });
});

describe('loadSprites', () => {
  const concepts = conceptsNamed(['castle', 'carrot']);
  const load = () => loadSprites({ concepts, families: ['noto', 'emojione-v1'], size: 24, cacheFolder });

  it('builds one cache file and reads the same sprites from it; a concept may be absent from emojione-v1', async () => {
    const drawn = await load();
    const [file] = readdirSync(cacheFolder);
    const bytes = readFileSync(path.join(cacheFolder, file));
    const read = await load();
    expect(readdirSync(cacheFolder)).toEqual([file]);
    expect(read.get('castle', 'emojione-v1')).toEqual(drawn.get('castle', 'emojione-v1'));
    expect(read.has('carrot', 'emojione-v1')).toBe(false);
    expect(() => read.get('carrot', 'emojione-v1')).toThrow(InputError);
    expect(() => read.get('castle', 'twemoji')).toThrow(InputError);
    for (const damage of [bytes.subarray(0, 2), bytes.subarray(0, bytes.length - 9), Buffer.alloc(bytes.length)]) {
      writeFileSync(path.join(cacheFolder, file), damage);
      expect((await load()).get('castle', 'noto')).toEqual(drawn.get('castle', 'noto'));
      expect(readFileSync(path.join(cacheFolder, file)).equals(bytes)).toBe(true);
    }
    await expect(loadSprites({ concepts, size: 1.5, cacheFolder })).rejects.toThrow(InputError);
  });
});

describe('shrink', () => {
  it('averages areas, as a naive loop over fine subpixels does', () => {
    const size = 9;
    const stream = rng(0, 'shrink');
    const data = Uint8Array.from({ length: size * size * 4 }, () => stream.int(256));
    const target = 6;
    const small = shrink({ size, data }, target);
    // 9 / 6 = 1.5: on a grid of half pixels the areas are exact.
    for (let y = 0; y < target; y++) {
      for (let x = 0; x < target; x++) {
        for (let c = 0; c < 4; c++) {
          let sum = 0;
          for (let v = 3 * y; v < 3 * y + 3; v++) {
            for (let u = 3 * x; u < 3 * x + 3; u++) sum += data[4 * ((v >> 1) * size + (u >> 1)) + c];
          }
          // Rounded once an axis.
          expect(Math.abs(small.data[4 * (y * target + x) + c] - sum / 9)).toBeLessThanOrEqual(1.01);
        }
      }
    }
  });
});
