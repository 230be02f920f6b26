/** Eigenvalues in descending order; row i of `vectors` ([size, size]) is the unit eigenvector of value i. */
export interface SymmetricEigen {
  readonly values: Float64Array;
  readonly vectors: Float64Array;
}

/**
 * All eigenpairs of a symmetric matrix [size, size] (row-major): Householder tridiagonalisation, then the QL method
 * with implicit shifts (Golub & Van Loan, Matrix Computations, ch. 8). O(size³); under a second at size 384.
 *
 * The sign of an eigenvector is free; here its entry of largest size is positive, so that results are reproducible.
 */
export function symmetricEigen(matrix: Float64Array, size: number): SymmetricEigen {
  if (matrix.length !== size * size) {
    throw new RangeError(`symmetricEigen: [${size}, ${size}] needs ${size * size} numbers, found ${matrix.length}`);
  }
  const { diagonal, offDiagonal, basis } = tridiagonalize(Float64Array.from(matrix), size);
  implicitQl(diagonal, offDiagonal, basis, size);

  const order = Array.from({ length: size }, (_, i) => i).sort((i, j) => diagonal[j] - diagonal[i]);
  const values = Float64Array.from(order, (i) => diagonal[i]);
  const vectors = new Float64Array(size * size);
  order.forEach((from, to) => {
    const row = basis.subarray(from * size, (from + 1) * size);
    let largest = 0;
    for (const entry of row) if (Math.abs(entry) > Math.abs(largest) * (1 + 1e-9)) largest = entry;
    for (let k = 0; k < size; k++) vectors[to * size + k] = largest < 0 ? -row[k] : row[k];
  });
  return { values, vectors };
}

/** A = Qᵀ T Q with T tridiagonal; `basis` holds Q, one basis vector a row. Overwrites `a`. */
function tridiagonalize(a: Float64Array, size: number) {
  const basis = new Float64Array(size * size);
  for (let i = 0; i < size; i++) basis[i * size + i] = 1;
  const v = new Float64Array(size);
  const p = new Float64Array(size);

  for (let k = 0; k < size - 2; k++) {
    // Reflector v that sends column k, below the diagonal, onto its first entry.
    let norm = 0;
    for (let i = k + 1; i < size; i++) norm += a[i * size + k] ** 2;
    norm = Math.sqrt(norm);
    if (norm === 0) continue;
    const head = a[(k + 1) * size + k];
    for (let i = k + 1; i < size; i++) v[i] = a[i * size + k];
    v[k + 1] += head < 0 ? -norm : norm;
    let vv = 0;
    for (let i = k + 1; i < size; i++) vv += v[i] * v[i];
    const beta = 2 / vv;

    // A ← H A H = A − v wᵀ − w vᵀ with w = p − (β/2)(pᵀv) v, p = β A v.
    let pv = 0;
    for (let i = k; i < size; i++) {
      let sum = 0;
      for (let j = k + 1; j < size; j++) sum += a[i * size + j] * v[j];
      p[i] = beta * sum;
      if (i > k) pv += p[i] * v[i];
    }
    v[k] = 0;
    for (let i = k; i < size; i++) p[i] -= 0.5 * beta * pv * v[i];
    for (let i = k; i < size; i++) {
      for (let j = k; j < size; j++) a[i * size + j] -= v[i] * p[j] + p[i] * v[j];
    }
    // Q ← H Q, kept as rows: row i of Q loses β vᵢ (vᵀQ).
    p.fill(0);
    for (let i = k + 1; i < size; i++) {
      const vi = v[i];
      for (let j = 0; j < size; j++) p[j] += vi * basis[i * size + j];
    }
    for (let i = k + 1; i < size; i++) {
      const scale = beta * v[i];
      for (let j = 0; j < size; j++) basis[i * size + j] -= scale * p[j];
    }
  }
  const diagonal = Float64Array.from({ length: size }, (_, i) => a[i * size + i]);
  const offDiagonal = Float64Array.from({ length: size }, (_, i) => (i + 1 < size ? a[(i + 1) * size + i] : 0));
  return { diagonal, offDiagonal, basis };
}

/** Diagonalises the tridiagonal matrix (d, e) in place by Givens rotations, applied to the rows of `basis` as well. */
function implicitQl(d: Float64Array, e: Float64Array, basis: Float64Array, size: number): void {
  // Relative to the whole matrix: a rank-deficient covariance has a block of rounding noise that never gets smaller.
  let norm = 0;
  for (let i = 0; i < size; i++) norm = Math.max(norm, Math.abs(d[i]) + Math.abs(e[i]));
  for (let l = 0; l < size; l++) {
    for (let sweep = 0; ; sweep++) {
      let m = l;
      while (m < size - 1 && Math.abs(e[m]) > Number.EPSILON * norm) m++;
      if (m === l) break;
      if (sweep === 60 || Number.isNaN(norm))
        throw new RangeError('symmetricEigen: no convergence; does the matrix hold NaN?');
      // Wilkinson's shift.
      let g = (d[l + 1] - d[l]) / (2 * e[l]);
      let r = Math.hypot(g, 1);
      g = d[m] - d[l] + e[l] / (g + (g < 0 ? -r : r));
      let [s, c, shift] = [1, 1, 0];
      let i = m - 1;
      for (; i >= l; i--) {
        const f = s * e[i];
        const h = c * e[i];
        r = Math.hypot(f, g);
        e[i + 1] = r;
        if (r === 0) {
          d[i + 1] -= shift;
          e[m] = 0;
          break;
        }
        s = f / r;
        c = g / r;
        g = d[i + 1] - shift;
        r = (d[i] - g) * s + 2 * c * h;
        shift = s * r;
        d[i + 1] = g + shift;
        g = c * r - h;
        const lower = i * size;
        const upper = (i + 1) * size;
        for (let k = 0; k < size; k++) {
          const x = basis[upper + k];
          const y = basis[lower + k];
          basis[upper + k] = s * y + c * x;
          basis[lower + k] = c * y - s * x;
        }
      }
      if (r === 0 && i >= l) continue;
      d[l] -= shift;
      e[l] = g;
      e[m] = 0;
    }
  }
}
