import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import sharp from 'sharp';
import { afterAll, describe, expect, it } from 'vitest';
import { probeBars } from '../../lib/figures/probeBars.js';
import { openRenderer } from '../../lib/figures/render.js';
import { saveFigure } from '../../lib/figures/save.js';
import { sha256 } from '../../lib/runs/files.js';

const folder = mkdtempSync(path.join(tmpdir(), 'synclr-figures-'));
afterAll(() => rmSync(folder, { recursive: true }));

const data = { quantity: 'accuracy (%)', rows: [{ method: 'SynCLR', accuracy: 66.6, low: 63.9, high: 69.2 }] };
const figure = probeBars(data);

describe('openRenderer', () => {
  it('draws the same bytes, whatever was drawn before and in whichever process', async () => {
    // The compiled library, in a process that is never told to close its browser: it must end all the same.
    const library = new URL('../../lib/dist/figures/save.js', import.meta.url).href;
    const script = `const { saveFigure } = await import(${JSON.stringify(library)});
      await saveFigure('bars', ${JSON.stringify(figure)}, ${JSON.stringify({ data, folder })});`;
    execFileSync(process.execPath, ['--input-type=module', '-e', script], { timeout: 50_000 });
    expect(JSON.parse(readFileSync(path.join(folder, 'bars.json'), 'utf8'))).toEqual({ figure, data });

    const renderer = await openRenderer();
    try {
      await renderer.svg({ data: [{ type: 'scatter', y: [1, 2] }], layout: { width: 300, height: 200 } });
      const svg = await renderer.svg(figure);
      const png = await renderer.png(figure);
      expect(sha256(svg)).toBe(sha256(readFileSync(path.join(folder, 'bars.svg'))));
      expect(sha256(png)).toBe(sha256(readFileSync(path.join(folder, 'bars.png'))));
      expect(await sharp(png).metadata()).toMatchObject({
        width: 2 * figure.layout.width,
        height: 2 * figure.layout.height,
      });
      // Text is drawn: without a font it would vanish silently.
      const label = await sharp(png).extract({ left: 20, top: 40, width: 200, height: 60 }).stats();
      expect(label.channels[0].min).toBeLessThan(100);
      await expect(renderer.png({ data: [], layout: { width: -1, height: 100 } })).rejects.toThrow();
    } finally {
      await renderer.close();
    }
    await expect(renderer.png(figure)).rejects.toThrow();
  });

  it('says so when Chromium cannot start, and writes nothing', async () => {
    process.env.SYNCLR_CHROMIUM = '/bin/false';
    try {
      await expect(saveFigure('none', figure, { data, folder })).rejects.toThrow(
        /Chromium[\s\S]*exit code 1[\s\S]*SYNCLR_CHROMIUM/,
      );
      process.env.SYNCLR_CHROMIUM = '/nowhere/chromium';
      await expect(openRenderer()).rejects.toThrow(/ENOENT/);
    } finally {
      delete process.env.SYNCLR_CHROMIUM;
    }
    expect(existsSync(path.join(folder, 'none.json'))).toBe(false);
  });
});
