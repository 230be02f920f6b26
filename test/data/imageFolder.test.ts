import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import sharp from 'sharp';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { contactSheet } from '../../lib/data/contactSheet.js';
import { openImageFolder } from '../../lib/data/imageFolder.js';
import { InputError } from '../../lib/errors.js';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(os.tmpdir(), 'images-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

async function put(name: string, colour: string, { width = 40, height = 20 } = {}): Promise<void> {
  const file = path.join(folder, name);
  mkdirSync(path.dirname(file), { recursive: true });
  await sharp({ create: { width, height, channels: 3, background: colour } }).toFile(file);
}

/** A PNG with noise in it, cut off in the middle. */
async function putTruncated(name: string): Promise<void> {
  const noise = Uint8Array.from({ length: 64 * 64 * 3 }, (_, i) => (i * 7919 + (i >> 3) * 104729) & 255);
  const png = await sharp(noise, { raw: { width: 64, height: 64, channels: 3 } })
    .png()
    .toBuffer();
  writeFileSync(path.join(folder, name), png.subarray(0, png.length >> 1));
}

describe('openImageFolder', () => {
  it('reads class folders of any format and size, sorted, and leaves other files alone', async () => {
    await put('cats/b.jpg', '#ff0000');
    await put('cats/a.png', '#00ff00', { width: 7, height: 90 });
    await put('ants/z.webp', '#0000ff');
    writeFileSync(path.join(folder, 'readme.txt'), 'notes');
    writeFileSync(path.join(folder, 'cats', '.hidden.png'), 'x');
    const images = openImageFolder(folder, { size: 16 });
    expect(images.classes).toEqual(['ants', 'cats']);
    expect(images.files).toEqual(['ants/z.webp', 'cats/a.png', 'cats/b.jpg'].map((file) => path.normalize(file)));
    expect([...images.labels]).toEqual([0, 1, 1]);
    const batch = await images.batch([1, 0]);
    expect(batch.images.length).toBe(2 * 16 * 16 * 3);
    expect([...batch.images.subarray(0, 3)]).toEqual([0, 255, 0]);
    expect([...batch.labels]).toEqual([1, 0]);
  });

  it('puts transparent images on white and reads grey ones as RGB', async () => {
    const clear = { r: 0, g: 0, b: 0, alpha: 0 };
    await sharp({ create: { width: 9, height: 9, channels: 4, background: clear } }).toFile(path.join(folder, 'a.png'));
    await sharp(new Uint8Array(81).fill(77), { raw: { width: 9, height: 9, channels: 1 } }).toFile(
      path.join(folder, 'b.png'),
    );
    const images = openImageFolder(folder, { size: 8 });
    expect([...(await images.read(0))!]).toEqual(new Array(192).fill(255));
    expect([...(await images.read(1))!]).toEqual(new Array(192).fill(77));
  });

  it('fails by default at a truncated or corrupt image and names it', async () => {
    await put('a.png', '#ff0000');
    await putTruncated('b.png');
    writeFileSync(path.join(folder, 'c.png'), 'not a picture');
    const images = openImageFolder(folder, { size: 16 });
    await expect(images.read(0)).resolves.toHaveLength(768);
    await expect(images.read(1)).rejects.toThrow(/b\.png/);
    await expect(images.batch([0, 2])).rejects.toThrow(InputError);
  });

  it('skips when asked, counts, reports once, and stops above the set rate', async () => {
    for (let i = 0; i < 30; i++) await put(`ok-${String(i).padStart(2, '0')}.png`, '#ff0000', { width: 8, height: 8 });
    await putTruncated('bad.png');
    const reports: string[] = [];
    const options = { size: 8, onBadImage: 'skip', onReport: (file: string) => reports.push(file) } as const;
    const images = openImageFolder(folder, options);
    const batch = await images.batch(Array.from({ length: 31 }, (_, i) => i));
    expect([...batch.indices]).toEqual(Array.from({ length: 30 }, (_, i) => i + 1));
    expect(await images.read(0)).toBeUndefined();
    expect(reports).toEqual(['bad.png']);
    expect([...images.bad.keys()]).toEqual(['bad.png']);
    for (const name of ['worse-1.png', 'worse-2.png', 'worse-3.png']) await putTruncated(name);
    const worse = openImageFolder(folder, options);
    await expect(worse.batch(Array.from({ length: 34 }, (_, i) => i))).rejects.toThrow(
      /bad of \d+ read: bad\.png, worse-/,
    );
  });

  it('says what is wrong with a folder', async () => {
    expect(() => openImageFolder(path.join(folder, 'none'))).toThrow(/no such folder/);
    expect(() => openImageFolder(folder)).toThrow(/an empty folder/);
    writeFileSync(path.join(folder, 'notes.txt'), 'x');
    expect(() => openImageFolder(folder)).toThrow(/none an image/);
    expect(() => openImageFolder(path.join(folder, 'notes.txt'))).toThrow(/a file/);
    await put('a.png', '#ff0000');
    await put('cats/b.png', '#ff0000');
    expect(() => openImageFolder(folder)).toThrow(/1 images beside 1 class folders/);
  });
});

describe('contactSheet', () => {
  it('lays images out in rows on white', async () => {
    const images = [200, 100, 50].map((value) => new Uint8Array(8 * 8 * 3).fill(value));
    const png = await contactSheet(images, { columns: 2, size: 8, gap: 1 });
    const { data, info } = await sharp(png).raw().toBuffer({ resolveWithObject: true });
    expect([info.width, info.height]).toEqual([19, 19]);
    const at = (x: number, y: number) => data[info.channels * (y * info.width + x)];
    expect([at(0, 0), at(1, 1), at(10, 1), at(1, 10), at(10, 10)]).toEqual([255, 200, 100, 50, 255]);
    const labelled = await sharp(
      await contactSheet(images, { columns: 2, size: 8, gap: 1, labels: ['a', 'b', '<c>'] }),
    ).metadata();
    expect(labelled.height).toBeGreaterThan(30);
    // One label under both pictures of a row: it is as wide as they are, so a long one takes fewer lines.
    const label = 'a label of some words';
    const height = async (options: { labels: string[]; span?: number }) =>
      (await sharp(await contactSheet(images.slice(1), { columns: 2, size: 8, cell: 64, ...options })).metadata())
        .height;
    expect(await height({ labels: [label], span: 2 })).toBeLessThan(await height({ labels: [label, ''] }));
    await expect(contactSheet(images, { size: 8, columns: 3, labels: [label], span: 2 })).rejects.toThrow(/span 2/);
  });

  it('draws labels with characters that no XML file may hold', async () => {
    const image = new Uint8Array(8 * 8 * 3);
    const controls = Array.from({ length: 32 }, (_, code) => String.fromCharCode(code)).join('');
    for (const label of [`a ${controls}`, 'a \u001b[31mred', 'half \ud83e', '\uffff', '\u0085']) {
      const sheet = await contactSheet([image], { size: 8, cell: 64, labels: [label] });
      expect((await sharp(sheet).metadata()).width).toBe(68);
    }
  });

  it('refuses no images, wrong sizes, missing labels', async () => {
    await expect(contactSheet([], { size: 8 })).rejects.toThrow(InputError);
    await expect(contactSheet([new Uint8Array(5)], { size: 8 })).rejects.toThrow(/image 0/);
    await expect(contactSheet([new Uint8Array(192)], { size: 8, labels: [] })).rejects.toThrow(InputError);
  });
});
