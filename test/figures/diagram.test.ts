import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { textWidth, wrapText } from '../../lib/figures/diagram.js';
import { pictureUri } from '../../lib/figures/pictures.js';
import { methodColour } from '../../lib/figures/theme.js';

describe('wrapText', () => {
  it('keeps all words in order, and no line with several words is too wide', () => {
    const words = fc.array(fc.stringMatching(/^[a-zA-Z,.]{1,12}$/), { minLength: 1, maxLength: 30 });
    fc.assert(
      fc.property(words, fc.integer({ min: 20, max: 400 }), (list, width) => {
        const lines = wrapText(list.join(' '), { width, size: 12 }).split('\n');
        expect(lines.join(' ')).toBe(list.join(' '));
        for (const line of lines) if (line.includes(' ')) expect(textWidth(line, 12)).toBeLessThanOrEqual(width);
      }),
    );
  });

  it('cuts off what is more than the lines allowed', () => {
    expect(wrapText('one two three', { width: 30, lines: 2 })).toBe('one\ntwo…');
  });
});

describe('pictureUri', () => {
  it('makes squares of pixels', async () => {
    const { default: sharp } = await import('sharp');
    const pixels = { width: 2, height: 1, data: new Uint8Array([255, 0, 0, 0, 0, 255]) };
    const png = Buffer.from((await pictureUri(pixels, { upscale: 3 })).split(',')[1], 'base64');
    const { data, info } = await sharp(png).removeAlpha().raw().toBuffer({ resolveWithObject: true });
    expect([info.width, info.height]).toEqual([6, 3]);
    for (let at = 0; at < 18; at++)
      expect([...data.subarray(at * 3, at * 3 + 3)]).toEqual(at % 6 < 3 ? [255, 0, 0] : [0, 0, 255]);
    expect(await pictureUri(new Uint8Array(png), { upscale: 2 })).toMatch(/^data:image\/png;base64,/);
  });

  it('refuses bytes of the wrong number or kind', async () => {
    await expect(pictureUri({ width: 2, height: 2, data: new Uint8Array(7) })).rejects.toThrow(/2 × 2 pixels/);
    await expect(pictureUri(new Uint8Array([1, 2, 3]))).rejects.toThrow(/no PNG/);
  });
});

it('methods have colours of their own, other names are grey', () => {
  expect(methodColour('SynCLR')).not.toBe(methodColour('StableRep'));
  expect(methodColour('toString')).toBe(methodColour('anything else'));
});
