import sharp, { type OverlayOptions } from 'sharp';
import { InputError } from '../errors.js';
import { printable } from '../runs/printable.js';

/**
 * Lays pictures out in a grid on white.
 *
 * @param images  each [size, size, 3] bytes
 * @param columns  pictures in a row
 * @param size  side of each picture in pixels
 * @param cell  side at which each picture is shown; `size` by default
 * @param labels  text under each picture, or under each `span` pictures of a row
 * @returns a PNG file's bytes
 */
export async function contactSheet(
  images: readonly Uint8Array[],
  {
    columns = Math.ceil(Math.sqrt(images.length)),
    size,
    cell = size,
    gap = 2,
    labels,
    span = 1,
  }: { columns?: number; size: number; cell?: number; gap?: number; labels?: readonly string[]; span?: number },
): Promise<Buffer> {
  if (images.length === 0 || (labels && (labels.length * span !== images.length || columns % span !== 0))) {
    throw new InputError({
      where: 'contactSheet',
      expected: 'at least one image, and a label for every `span` of them, which are in one row',
      found: `${images.length} images, ${labels?.length ?? 'no'} labels, span ${span}, ${columns} columns`,
      fix: 'pass one label an image, one for every `span` images, or none',
    });
  }
  const wrong = images.findIndex((image) => image.length !== size * size * 3);
  if (wrong >= 0) {
    throw new InputError({
      where: `contactSheet: image ${wrong}`,
      expected: `${size} × ${size} × 3 = ${size * size * 3} bytes`,
      found: `${images[wrong].length} bytes`,
      fix: 'pass the side of the images as size',
    });
  }
  const rows = Math.ceil(images.length / columns);
  const fontSize = Math.max(8, Math.round(cell / 7));
  const lines = (labels ?? []).map((label) =>
    wrapLabel(printable(label), Math.floor((span * cell) / (fontSize * 0.56))),
  );
  const line = labels ? Math.round(fontSize * (1.15 * Math.max(...lines.map((one) => one.length)) + 0.35)) : 0;
  const width = columns * (cell + gap) + gap;
  const height = rows * (cell + line + gap) + gap;
  const place = (i: number) => ({
    left: gap + (i % columns) * (cell + gap),
    top: gap + Math.floor(i / columns) * (cell + line + gap),
  });
  const layers: OverlayOptions[] = await Promise.all(
    images.map(async (image, i) => ({
      ...place(i),
      input: await sharp(image, { raw: { width: size, height: size, channels: 3 } })
        .resize(cell, cell, { kernel: 'nearest' })
        .png()
        .toBuffer(),
    })),
  );
  if (labels) {
    const texts = lines.flatMap((label, i) => {
      const { left, top } = place(i * span);
      return label.map((text, row) => {
        const y = top + cell + Math.round(fontSize * (1 + 1.15 * row));
        return `<text x="${left + (span * (cell + gap) - gap) / 2}" y="${y}">${escapeXml(text)}</text>`;
      });
    });
    const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" font-family="sans-serif" font-size="${fontSize}" text-anchor="middle" fill="#222">${texts.join('')}</svg>`;
    layers.push({ input: Buffer.from(svg), left: 0, top: 0 });
  }
  return sharp({ create: { width, height, channels: 3, background: '#ffffff' } })
    .composite(layers)
    .png()
    .toBuffer();
}

/** Breaks a label between words into lines of at most `width` characters; a longer word is cut. */
function wrapLabel(label: string, width: number): string[] {
  const lines: string[] = [];
  for (const word of label.split(' ')) {
    const last = lines[lines.length - 1];
    if (last !== undefined && last.length + 1 + word.length <= width) lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(word.length <= width ? word : `${word.slice(0, Math.max(1, width - 1))}…`);
  }
  return lines;
}

function escapeXml(text: string): string {
  return text.replace(/[<>&"]/g, (character) => `&#${character.charCodeAt(0)};`);
}
