/** Bytes 0 … 255 as numbers in [−1, 1]. */
const SCALED = Float32Array.from({ length: 256 }, (_, byte) => byte / 127.5 - 1);

/** [S, S, 3] bytes → [3, S, S] in [−1, 1]. */
export function toPlanes(image: Uint8Array, planes: Float32Array): void {
  const area = image.length / 3;
  for (let i = 0, from = 0; i < area; i++, from += 3) {
    planes[i] = SCALED[image[from]];
    planes[area + i] = SCALED[image[from + 1]];
    planes[2 * area + i] = SCALED[image[from + 2]];
  }
}

/** [3, S, S] in [−1, 1] → [S, S, 3] bytes, clamped. */
export function toPixels(planes: Float32Array): Uint8Array {
  const area = planes.length / 3;
  const image = new Uint8Array(planes.length);
  for (let i = 0; i < area; i++) {
    for (let c = 0; c < 3; c++) {
      image[3 * i + c] = Math.max(0, Math.min(255, Math.round((planes[c * area + i] + 1) * 127.5)));
    }
  }
  return image;
}
