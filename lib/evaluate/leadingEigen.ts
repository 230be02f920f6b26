import { rng } from '../random/rng.js';
import { multiplyTransposed, transposed } from './multiplyTransposed.js';
import { type SymmetricEigen, symmetricEigen } from './symmetricEigen.js';

/**
 * The first `count` eigenpairs of a positive semi-definite matrix [size, size], as `symmetricEigen` gives them: [count]
 * values, [count, size] vectors. Orthogonal iteration on a few vectors more than are wanted, with Rayleigh and Ritz's
 * rotation; a matrix whose eigenvalues lie too close for it is left to `symmetricEigen`. For 1 of 192, ten times as fast.
 *
 * @param tolerance on ‖A·v − λ·v‖ over the largest eigenvalue
 */
export function leadingEigen(
  matrix: Float64Array,
  size: number,
  { count, tolerance = 1e-11, most = 200 }: { count: number; tolerance?: number; most?: number },
): SymmetricEigen {
  const block = count + 8;
  if (block * 4 > size) return firstOf(symmetricEigen(matrix, size), count, size);
  let vectors = orthonormalRows(Float64Array.from(rng(0, 'leadingEigen').normals(block * size)), size);
  for (let step = 0; step < most; step++) {
    const images = multiplyTransposed(vectors, matrix, new Float64Array(block * size), {
      m: block,
      n: size,
      depth: size,
    });
    const small = multiplyTransposed(images, vectors, new Float64Array(block * block), {
      m: block,
      n: block,
      depth: size,
    });
    const ritz = symmetricEigen(symmetric(small, block), block);
    const turned = rotate(ritz.vectors, vectors, { block, size });
    const turnedImages = rotate(ritz.vectors, images, { block, size });
    if (residual(turned, turnedImages, ritz.values, { count, size }) <= tolerance * ritz.values[0]) {
      return firstOf({ values: ritz.values, vectors: positive(turned, size) }, count, size);
    }
    vectors = orthonormalRows(turnedImages, size);
  }
  return firstOf(symmetricEigen(matrix, size), count, size);
}

const firstOf = ({ values, vectors }: SymmetricEigen, count: number, size: number): SymmetricEigen => ({
  values: values.slice(0, count),
  vectors: vectors.slice(0, count * size),
});

/** Rows [block, size] mixed by a rotation [block, block]. */
function rotate(rotation: Float64Array, rows: Float64Array, { block, size }: { block: number; size: number }) {
  const columns = transposed(rows, block, size);
  return multiplyTransposed(rotation, columns, new Float64Array(block * size), { m: block, n: size, depth: block });
}

/** Rounding leaves vᵢᵀAvⱼ and vⱼᵀAvᵢ apart by a last digit. */
function symmetric(matrix: Float64Array, size: number): Float64Array {
  return matrix.map((value, at) => (value + matrix[(at % size) * size + Math.floor(at / size)]) / 2);
}

function residual(
  vectors: Float64Array,
  images: Float64Array,
  values: Float64Array,
  { count, size }: { count: number; size: number },
): number {
  let worst = 0;
  for (let i = 0; i < count; i++) {
    let square = 0;
    for (let k = i * size; k < (i + 1) * size; k++) square += (images[k] - values[i] * vectors[k]) ** 2;
    worst = Math.max(worst, Math.sqrt(square));
  }
  return worst;
}

/** Gram and Schmidt, twice, since once is not exact where rows are nearly parallel. A row of zeros stays one. */
function orthonormalRows(rows: Float64Array, size: number): Float64Array {
  const row = (i: number) => rows.subarray(i * size, (i + 1) * size);
  for (let i = 0; i < rows.length / size; i++) {
    const own = row(i);
    for (let pass = 0; pass < 2; pass++) {
      for (let j = 0; j < i; j++) {
        const other = row(j);
        let dot = 0;
        for (let k = 0; k < size; k++) dot += own[k] * other[k];
        for (let k = 0; k < size; k++) own[k] -= dot * other[k];
      }
      let square = 0;
      for (const entry of own) square += entry * entry;
      const scale = square > 0 ? 1 / Math.sqrt(square) : 0;
      for (let k = 0; k < size; k++) own[k] *= scale;
    }
  }
  return rows;
}

/** The entry of largest size of each row is positive, as `symmetricEigen` has it. */
function positive(rows: Float64Array, size: number): Float64Array {
  for (let from = 0; from < rows.length; from += size) {
    const row = rows.subarray(from, from + size);
    let largest = 0;
    for (const entry of row) if (Math.abs(entry) > Math.abs(largest) * (1 + 1e-9)) largest = entry;
    if (largest < 0) for (let k = 0; k < size; k++) row[k] = -row[k];
  }
  return rows;
}
