/** A normalised Gaussian of `size` taps (odd), centred. */
function gaussianKernel(size: number, sigma: number): Float32Array {
  const half = (size - 1) / 2;
  const weights = Float32Array.from({ length: size }, (_, i) => Math.exp(-0.5 * ((i - half) / sigma) ** 2));
  const sum = weights.reduce((a, b) => a + b, 0);
  return weights.map((w) => w / sum);
}

/** What the first of the two passes gives, for the second: one array for all calls. */
let between = new Float32Array(0);

/**
 * Separable Gaussian blur with mirrored borders (the edge pixel is not repeated), as torchvision's. In place. rgb: floats,
 * width × height × 3; `size` odd and less than twice the smaller side.
 */
export function gaussianBlur(
  rgb: Float32Array,
  { width, height, size, sigma }: { width: number; height: number; size: number; sigma: number },
): void {
  const kernel = gaussianKernel(size, sigma);
  if (between.length < rgb.length) between = new Float32Array(rgb.length);
  alongAxis(between, rgb, kernel, { length: width, step: 3, lines: height, next: width * 3 });
  alongAxis(rgb, between, kernel, { length: height, step: width * 3, lines: width, next: 3 });
}

/** Convolves `lines` lines of `length` pixels; `step` and `next` are the strides within a line and between lines. */
function alongAxis(
  out: Float32Array,
  rgb: Float32Array,
  kernel: Float32Array,
  { length, step, lines, next }: { length: number; step: number; lines: number; next: number },
): void {
  const half = (kernel.length - 1) / 2;
  out.fill(0, 0, length * lines * 3);
  for (let i = 0; i < length; i++) {
    for (let k = 0; k < kernel.length; k++) {
      let j = Math.abs(i + k - half);
      if (j >= length) j = 2 * (length - 1) - j;
      const weight = kernel[k];
      for (let line = 0, from = j * step, to = i * step; line < lines; line++, from += next, to += next) {
        out[to] += weight * rgb[from];
        out[to + 1] += weight * rgb[from + 1];
        out[to + 2] += weight * rgb[from + 2];
      }
    }
  }
}
