import { multiplyTransposed } from '../multiplyTransposed.js';

/** How two clouds of features overlap; each share in 0 … 1, density may be more. */
export interface Overlap {
  /** share of generated pictures that lie where real ones do: how good they are */
  precision: number;
  /** share of real pictures that lie where generated ones do: how much they cover */
  recall: number;
  /** how many real neighbourhoods a generated picture lies in, over k: precision that an outlier cannot raise */
  density: number;
  /** share of real pictures whose neighbourhood holds a generated one */
  coverage: number;
}

/**
 * Improved precision and recall (Kynkäänniemi et al., 2019, k = 3 of § 3.1), density and coverage (Naeem et al., 2020,
 * k = 5 there). A picture's neighbourhood is the ball up to its k-th nearest neighbour among its own kind.
 *
 * @param real [N, width]
 * @param generated [M, width]
 */
export function overlap(
  real: Float32Array | Float64Array,
  generated: Float32Array | Float64Array,
  { width, k = 3 }: { width: number; k?: number },
): Overlap {
  const [n, m] = [real.length / width, generated.length / width];
  if (![n, m].every((count) => Number.isInteger(count) && count > k)) {
    throw new RangeError(`overlap: more than ${k} rows of ${width} in both sets, found ${n} and ${m}`);
  }
  const realRadii = neighbourRadii(squaredDistances(real, real, width), n, k);
  const generatedRadii = neighbourRadii(squaredDistances(generated, generated, width), m, k);
  const between = squaredDistances(real, generated, width);
  const ballsAround = new Int32Array(m);
  let [recalled, covered] = [0, 0];
  for (let i = 0; i < n; i++) {
    const row = between.subarray(i * m, (i + 1) * m);
    let [isRecalled, isCovered] = [0, 0];
    row.forEach((distance, j) => {
      if (distance < generatedRadii[j]) isRecalled = 1;
      if (distance < realRadii[i]) {
        isCovered = 1;
        ballsAround[j]++;
      }
    });
    recalled += isRecalled;
    covered += isCovered;
  }
  return {
    precision: ballsAround.filter((balls) => balls > 0).length / m,
    recall: recalled / n,
    density: ballsAround.reduce((sum, balls) => sum + balls, 0) / (k * m),
    coverage: covered / n,
  };
}

/** ‖a − b‖² for all pairs: [n, width] and [m, width] → [n, m]. */
function squaredDistances(a: Float32Array | Float64Array, b: Float32Array | Float64Array, width: number): Float64Array {
  const [rows, columns] = [Float64Array.from(a), Float64Array.from(b)];
  const [n, m] = [rows.length / width, columns.length / width];
  const out = multiplyTransposed(rows, columns, new Float64Array(n * m), { m: n, n: m, depth: width });
  const [first, second] = [rows, columns].map((matrix) => squaredNorms(matrix, width));
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < m; j++) out[i * m + j] = Math.max(0, first[i] + second[j] - 2 * out[i * m + j]);
  }
  return out;
}

function squaredNorms(matrix: Float64Array, width: number): Float64Array {
  const norms = new Float64Array(matrix.length / width);
  for (let i = 0; i < matrix.length; i++) norms[Math.floor(i / width)] += matrix[i] ** 2;
  return norms;
}

/** Of each row of distances [n, n] the k-th smallest, the row's own zero left out. */
function neighbourRadii(distances: Float64Array, n: number, k: number): Float64Array {
  return Float64Array.from({ length: n }, (_, i) => {
    const others = distances.slice(i * n, (i + 1) * n);
    others[i] = Number.POSITIVE_INFINITY;
    return others.sort()[k - 1];
  });
}
