/**
 * out = a · bᵀ in float64, with a: [m, depth], b: [n, depth], out: [m, n], all row-major.
 *
 * Both operands are walked along their rows, so one kernel serves the forward pass (weights · featuresᵀ) and the
 * gradient (residuals · featuresᵀ with transposed copies). Blocks of 4 × 4 sums stay in registers; the depth is cut
 * into strips that fit the first-level cache.
 */
export function multiplyTransposed(
  a: Float64Array,
  b: Float64Array,
  out: Float64Array,
  { m, n, depth }: { m: number; n: number; depth: number },
): Float64Array {
  if (a.length !== m * depth || b.length !== n * depth || out.length !== m * n) {
    throw new RangeError(
      `multiplyTransposed: [${m}, ${depth}] · [${n}, ${depth}]ᵀ → [${m}, ${n}] needs ${m * depth}, ${n * depth} and ${m * n} numbers, found ${a.length}, ${b.length} and ${out.length}`,
    );
  }
  out.fill(0);
  const strip = 256;
  for (let from = 0; from < depth; from += strip) {
    const to = Math.min(depth, from + strip);
    const mFull = m - (m % 4);
    const nFull = n - (n % 4);
    for (let j = 0; j < nFull; j += 4) {
      for (let i = 0; i < mFull; i += 4) addBlock(a, b, out, i, j, n, depth, from, to);
    }
    for (let i = 0; i < m; i++) {
      for (let j = i < mFull ? nFull : 0; j < n; j++) {
        let sum = 0;
        for (let k = from; k < to; k++) sum += a[i * depth + k] * b[j * depth + k];
        out[i * n + j] += sum;
      }
    }
  }
  return out;
}

/** Adds the products of rows i … i+3 of a with rows j … j+3 of b over depth [from, to). */
function addBlock(
  a: Float64Array,
  b: Float64Array,
  out: Float64Array,
  i: number,
  j: number,
  n: number,
  depth: number,
  from: number,
  to: number,
): void {
  let [s00, s01, s02, s03, s10, s11, s12, s13] = [0, 0, 0, 0, 0, 0, 0, 0];
  let [s20, s21, s22, s23, s30, s31, s32, s33] = [0, 0, 0, 0, 0, 0, 0, 0];
  let p0 = i * depth + from;
  let q0 = j * depth + from;
  for (let k = from; k < to; k++, p0++, q0++) {
    // Four constants, not a list taken apart: that takes 1.7 times as long.
    const a0 = a[p0];
    const a1 = a[p0 + depth];
    const a2 = a[p0 + 2 * depth];
    const a3 = a[p0 + 3 * depth];
    const b0 = b[q0];
    s00 += a0 * b0;
    s10 += a1 * b0;
    s20 += a2 * b0;
    s30 += a3 * b0;
    const b1 = b[q0 + depth];
    s01 += a0 * b1;
    s11 += a1 * b1;
    s21 += a2 * b1;
    s31 += a3 * b1;
    const b2 = b[q0 + 2 * depth];
    s02 += a0 * b2;
    s12 += a1 * b2;
    s22 += a2 * b2;
    s32 += a3 * b2;
    const b3 = b[q0 + 3 * depth];
    s03 += a0 * b3;
    s13 += a1 * b3;
    s23 += a2 * b3;
    s33 += a3 * b3;
  }
  const o = i * n + j;
  out[o] += s00;
  out[o + 1] += s01;
  out[o + 2] += s02;
  out[o + 3] += s03;
  out[o + n] += s10;
  out[o + n + 1] += s11;
  out[o + n + 2] += s12;
  out[o + n + 3] += s13;
  out[o + 2 * n] += s20;
  out[o + 2 * n + 1] += s21;
  out[o + 2 * n + 2] += s22;
  out[o + 2 * n + 3] += s23;
  out[o + 3 * n] += s30;
  out[o + 3 * n + 1] += s31;
  out[o + 3 * n + 2] += s32;
  out[o + 3 * n + 3] += s33;
}

/** [rows, columns] → [columns, rows]. */
export function transposed(matrix: Float64Array, rows: number, columns: number): Float64Array {
  const out = new Float64Array(matrix.length);
  for (let i = 0; i < rows; i++) for (let j = 0; j < columns; j++) out[j * rows + i] = matrix[i * columns + j];
  return out;
}
