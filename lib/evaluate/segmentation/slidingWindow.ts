/** Where windows begin along a side: every `stride` pixels, and the last one ends with the side. */
export function windowStarts(length: number, window: number, stride: number): number[] {
  const count = Math.ceil(Math.max(0, length - window) / stride) + 1;
  return Array.from({ length: count }, (_, i) => Math.max(0, Math.min(i * stride, length - window)));
}

export interface Canvas {
  width: number;
  height: number;
  /** [height, width, 3], normalised; at least a window in both directions */
  data: Float32Array;
}

/**
 * The mean of what a model says of overlapping windows (spec §5.4), [height, width, classes].
 *
 * @param run logits [window, window, classes] of windows [window, window, 3]
 */
export async function slideWindow(
  canvas: Canvas,
  { window, stride, classes }: { window: number; stride: number; classes: number },
  run: (windows: readonly Float32Array[]) => Promise<readonly Float32Array[]>,
): Promise<Float32Array> {
  const { width, height, data } = canvas;
  const tops = windowStarts(height, window, stride);
  const lefts = windowStarts(width, window, stride);
  const places = tops.flatMap((top) => lefts.map((left) => ({ top, left })));
  const windows = places.map(({ top, left }) => {
    const cut = new Float32Array(window * window * 3);
    for (let y = 0; y < window; y++) {
      const from = 3 * ((top + y) * width + left);
      cut.set(data.subarray(from, from + 3 * window), 3 * y * window);
    }
    return cut;
  });
  const sums = new Float32Array(width * height * classes);
  const counts = new Uint16Array(width * height);
  (await run(windows)).forEach((logits, i) => {
    const { top, left } = places[i];
    for (let y = 0; y < window; y++) {
      const at = (top + y) * width + left;
      for (let x = 0; x < window; x++) counts[at + x]++;
      for (let j = 0; j < window * classes; j++) sums[at * classes + j] += logits[y * window * classes + j];
    }
  });
  return sums.map((sum, i) => sum / counts[Math.floor(i / classes)]);
}
