import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import sharp from 'sharp';
import { afterAll, describe, expect, it } from 'vitest';
import { decodeImage } from '../../lib/data/imageFolder.js';
import { openPicture } from '../../lib/data/openPicture.js';
import { decodePixels } from '../../lib/data/shards/imageCodec.js';
import { InputError } from '../../lib/errors.js';
import { openMaskFolder } from '../../lib/evaluate/segmentation/maskFolder.js';

const folder = mkdtempSync(path.join(tmpdir(), 'pictures-'));
afterAll(() => rmSync(folder, { recursive: true }));
const put = (name: string, content: string | Uint8Array) => {
  const file = path.join(folder, name);
  mkdirSync(path.dirname(file), { recursive: true });
  writeFileSync(file, content);
  return file;
};
const about = { where: 'x', fix: 'y' };

describe('openPicture', () => {
  it.each(['png', 'jpeg', 'gif', 'webp', 'tiff', 'avif'] as const)(
    'opens %s, whatever its name says',
    async (format) => {
      const red = sharp({ create: { width: 16, height: 16, channels: 3, background: '#ff0000' } });
      const bytes = await red.toFormat(format).toBuffer();
      const file = put('picture.dat', bytes);
      for (const source of [file, bytes]) {
        const { data, info } = await openPicture(source, about)
          .removeAlpha()
          .raw()
          .toBuffer({ resolveWithObject: true });
        expect([info.width, info.height]).toEqual([16, 16]);
        expect(data[0]).toBeGreaterThan(240);
        expect(data[1]).toBeLessThan(15);
      }
    },
  );

  // A picture within: librsvg would load it from this machine.
  const inner = () =>
    sharp({ create: { width: 8, height: 8, channels: 3, background: '#ff0000' } })
      .png()
      .toBuffer();
  const svg = (file: string) =>
    `<svg xmlns="http://www.w3.org/2000/svg" width="8" height="8"><image href="${file}" width="8" height="8"/></svg>`;

  it('refuses an SVG that is called .png before anything of it is read, wherever pictures are read', async () => {
    put('secret.png', await inner());
    const drawing = svg('secret.png');
    for (const text of [drawing, `<?xml version="1.0"?>\n${drawing}`, `\n ${drawing}`, `\uFEFF${drawing}`]) {
      const file = put('drawing.png', text);
      await expect(decodeImage(file, { size: 8 })).rejects.toThrow(/drawing\.png\n {2}expected: a picture: png, jpeg/);
      await expect(decodePixels(readFileSync(file), { size: 8, where: 'shard' })).rejects.toThrow(InputError);
      const images = path.join(folder, 'images');
      put('images/a.png', text);
      put('masks/a.png', await inner());
      const masks = openMaskFolder({ images, masks: path.join(folder, 'masks'), classes: ['a'] });
      await expect(masks.read(0)).rejects.toThrow(/images\/a\.png\n {2}expected: a picture/);
    }
  });

  it.each([
    ['PDF', '%PDF-1.7\n'],
    ['PostScript', '%!PS-Adobe-3.0'],
    ['nothing', ''],
    ['a Git LFS pointer', 'version https://git-lfs.github.com/spec/v1\n'],
  ])('refuses %s', (_what, text) => {
    expect(() => openPicture(put('other.jpg', text), about)).toThrow(InputError);
    expect(() => openPicture(Buffer.from(text), about)).toThrow(InputError);
  });

  it('refuses a small file that claims more pixels than memory holds', async () => {
    const png = await sharp({ create: { width: 1, height: 1, channels: 3, background: '#000' } })
      .png()
      .toBuffer();
    png.writeUInt32BE(60_000, 16);
    png.writeUInt32BE(60_000, 20);
    await expect(openPicture(png, about).raw().toBuffer()).rejects.toThrow();
  });

  it('says that a file is not there', () => {
    expect(() => openPicture(path.join(folder, 'none.png'), about)).toThrow(/file or folder that is there/);
  });
});
