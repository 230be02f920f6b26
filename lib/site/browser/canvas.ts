/** Draws a picture [side, side, 3] on a canvas of that many pixels; `shown` of them are on the page. */
export function drawPicture(canvas: HTMLCanvasElement, image: ArrayLike<number>, side: number): void {
  [canvas.width, canvas.height] = [side, side];
  const pixels = new ImageData(side, side);
  for (let i = 0; i < side * side; i++) {
    for (let c = 0; c < 3; c++) pixels.data[4 * i + c] = image[3 * i + c];
    pixels.data[4 * i + 3] = 255;
  }
  canvas.getContext('2d')!.putImageData(pixels, 0, 0);
}

/** What a canvas shows, as [side, side, 3]. */
export function pictureOf(
  source: CanvasImageSource,
  side: number,
  cut: readonly [number, number, number, number],
): Uint8Array {
  const canvas = Object.assign(document.createElement('canvas'), { width: side, height: side });
  const context = canvas.getContext('2d', { willReadFrequently: true })!;
  context.imageSmoothingQuality = 'high';
  context.drawImage(source, ...cut, 0, 0, side, side);
  const { data } = context.getImageData(0, 0, side, side);
  return Uint8Array.from({ length: 3 * side * side }, (_, i) => data[4 * Math.floor(i / 3) + (i % 3)]);
}

export async function loadImage(src: string): Promise<HTMLImageElement> {
  const image = new Image();
  image.src = src;
  await image.decode();
  return image;
}
