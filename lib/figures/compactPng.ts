/**
 * The same picture in a palette of at most 256 colours, dithered: a third of the bytes, for what is stored in notebooks.
 * The same bytes in give the same bytes out.
 */
export async function compactPng(png: Uint8Array): Promise<Buffer> {
  const { default: sharp } = await import('sharp');
  return sharp(png).png({ palette: true, effort: 10, quality: 90, dither: 0.6 }).toBuffer();
}
