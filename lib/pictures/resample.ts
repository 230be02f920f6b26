/** An image of 8-bit RGB, row by row: `data[(y·width + x)·3 + channel]`. */
export interface RgbImage {
  width: number;
  height: number;
  data: Uint8Array;
}

/** A rectangle of whole pixels. */
export interface Box {
  left: number;
  top: number;
  width: number;
  height: number;
}

export type ResampleKernel = 'bicubic' | 'bilinear';

/** Keys' cubic with a = −0.5, as Pillow has it, for |x| < 2. */
function cubic(x: number): number {
  const t = Math.abs(x);
  if (t < 1) return (1.5 * t - 2.5) * t * t + 1;
  return t < 2 ? ((-0.5 * t + 2.5) * t - 4) * t + 2 : 0;
}

function triangle(x: number): number {
  return Math.max(0, 1 - Math.abs(x));
}

function clamp(v: number): number {
  return v < 0 ? 0 : v > 255 ? 255 : v;
}

interface Taps {
  /** first source pixel of each output pixel */
  first: Int32Array;
  /** number of taps of each output pixel */
  count: Int32Array;
  /** [output, most] */
  weights: Float32Array;
  most: number;
}

/** Antialiased weights of one axis, Pillow's rule: the kernel widens with the reduction and is cut at the box. */
function axisTaps(source: number, output: number, kernel: ResampleKernel): Taps {
  const scale = source / output;
  const stretch = Math.max(1, scale);
  const [filter, radius] = kernel === 'bicubic' ? ([cubic, 2] as const) : ([triangle, 1] as const);
  const support = radius * stretch;
  const most = Math.ceil(support) * 2 + 1;
  const first = new Int32Array(output);
  const count = new Int32Array(output);
  const weights = new Float32Array(output * most);
  for (let i = 0; i < output; i++) {
    const centre = (i + 0.5) * scale;
    const from = Math.max(0, Math.floor(centre - support + 0.5));
    const to = Math.min(source, Math.floor(centre + support + 0.5));
    let sum = 0;
    for (let j = from; j < to; j++) sum += filter((j + 0.5 - centre) / stretch);
    for (let j = from; j < to; j++) weights[i * most + j - from] = filter((j + 0.5 - centre) / stretch) / sum;
    first[i] = from;
    count[i] = to - from;
  }
  return { first, count, weights, most };
}

/**
 * The rows of a box, resized in width, for the second pass: one array for all calls, since thousands a second would keep the
 * garbage collector busy.
 */
let strips = new Float32Array(0);

/**
 * Cuts a box out of an image and resizes it, with antialiasing, to width × height. `flip` mirrors left and right.
 *
 * Gives RGB floats in [0, 255], rows first; bicubic overshoot is clamped.
 */
export function cropAndResize(
  image: RgbImage,
  box: Box,
  {
    width,
    height,
    kernel = 'bicubic',
    flip = false,
  }: { width: number; height: number; kernel?: ResampleKernel; flip?: boolean },
): Float32Array {
  // Overshoot is clamped after either pass, as in Pillow.
  if (strips.length < box.height * width * 3) strips = new Float32Array(box.height * width * 3);
  resizeRows(strips, image, box, { width, taps: axisTaps(box.width, width, kernel), flip });
  const out = new Float32Array(height * width * 3);
  resizeColumns(out, strips, { row: width * 3, height, taps: axisTaps(box.height, height, kernel) });
  return out;
}

/** Every row of the box to `width` pixels: [box.height, width, 3]. */
function resizeRows(
  to: Float32Array,
  image: RgbImage,
  box: Box,
  { width, taps, flip }: { width: number; taps: Taps; flip: boolean },
): void {
  const { data } = image;
  const { first, count, weights, most } = taps;
  for (let y = 0; y < box.height; y++) {
    const line = ((box.top + y) * image.width + box.left) * 3;
    for (let x = 0; x < width; x++) {
      const end = x * most + count[x];
      let from = line + first[x] * 3;
      let r = 0;
      let g = 0;
      let b = 0;
      for (let w = x * most; w < end; w++, from += 3) {
        const weight = weights[w];
        r += weight * data[from];
        g += weight * data[from + 1];
        b += weight * data[from + 2];
      }
      const at = (y * width + (flip ? width - 1 - x : x)) * 3;
      to[at] = clamp(r);
      to[at + 1] = clamp(g);
      to[at + 2] = clamp(b);
    }
  }
}

/** Sums of whole rows of `row` values, the first four (all there are, when an image grows) in one go. */
function resizeColumns(
  to: Float32Array,
  from: Float32Array,
  { row, height, taps }: { row: number; height: number; taps: Taps },
): void {
  const { first, count, weights, most } = taps;
  const { fround } = Math;
  for (let y = 0; y < height; y++) {
    const out = to.subarray(y * row, (y + 1) * row);
    const end = y * most + count[y];
    let w = y * most;
    let line = first[y] * row;
    for (; w + 4 <= end; w += 4, line += 4 * row) {
      const [a, b, c, d] = weights.subarray(w, w + 4);
      for (let i = 0, at = line; i < row; i++, at++) {
        const two = fround(fround(out[i] + a * from[at]) + b * from[at + row]);
        out[i] = fround(two + c * from[at + 2 * row]) + d * from[at + 3 * row];
      }
    }
    for (; w < end; w++, line += row) {
      const weight = weights[w];
      for (let i = 0; i < row; i++) out[i] += weight * from[line + i];
    }
    for (let i = 0; i < row; i++) out[i] = clamp(out[i]);
  }
}
