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
  const { data } = image;
  const across = axisTaps(box.width, width, kernel);
  const down = axisTaps(box.height, height, kernel);
  // Horizontal pass over every row of the box, then the vertical pass. Overshoot is clamped after each, as in Pillow.
  const row = width * 3;
  const strips = new Float32Array(box.height * row);
  for (let x = 0; x < width; x++) {
    const at = (flip ? width - 1 - x : x) * 3;
    const taps = across.count[x];
    const base = (box.left + across.first[x]) * 3;
    const w = x * across.most;
    for (let y = 0; y < box.height; y++) {
      let from = (box.top + y) * image.width * 3 + base;
      let r = 0;
      let g = 0;
      let b = 0;
      for (let k = 0; k < taps; k++, from += 3) {
        const weight = across.weights[w + k];
        r += weight * data[from];
        g += weight * data[from + 1];
        b += weight * data[from + 2];
      }
      const to = y * row + at;
      strips[to] = clamp(r);
      strips[to + 1] = clamp(g);
      strips[to + 2] = clamp(b);
    }
  }
  const out = new Float32Array(height * row);
  for (let y = 0; y < height; y++) {
    const to = y * row;
    for (let k = 0; k < down.count[y]; k++) {
      const weight = down.weights[y * down.most + k];
      const from = (down.first[y] + k) * row;
      for (let i = 0; i < row; i++) out[to + i] += weight * strips[from + i];
    }
  }
  for (let i = 0; i < out.length; i++) out[i] = clamp(out[i]);
  return out;
}
