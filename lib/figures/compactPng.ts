/**
 * The same picture in a palette of at most 256 colours: a quarter of the bytes, for what is stored in notebooks. Not dithered,
 * which would break up the equal pixels of enlarged pictures and double the bytes.
 * The same bytes in give the same bytes out.
 */
export async function compactPng(png: Uint8Array): Promise<Buffer> {
  const { default: sharp } = await import('sharp');
  return sharp(png).png({ palette: true, effort: 7, dither: 0 }).toBuffer();
}
