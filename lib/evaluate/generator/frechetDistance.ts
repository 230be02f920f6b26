import { multiplyTransposed, transposed } from '../multiplyTransposed.js';
import { symmetricEigen } from '../symmetricEigen.js';

/** Mean and covariance of features. */
export interface Gaussian {
  readonly width: number;
  /** [width] */
  readonly mean: Float64Array;
  /** [width, width], divided by count − 1 */
  readonly covariance: Float64Array;
}

/** The Gaussian with the mean and covariance of features [count, width], two rows at least. */
export function gaussianOf(features: Float32Array | Float64Array, width: number): Gaussian {
  const count = features.length / width;
  if (!Number.isInteger(count) || count < 2) {
    throw new RangeError(`gaussianOf: two rows of ${width} at least, found ${features.length} numbers`);
  }
  const mean = new Float64Array(width);
  for (let i = 0; i < features.length; i++) mean[i % width] += features[i] / count;
  const centred = Float64Array.from(features, (value, i) => value - mean[i % width]);
  const columns = transposed(centred, count, width);
  const square = new Float64Array(width * width);
  const sums = multiplyTransposed(columns, columns, square, { m: width, n: width, depth: count });
  return { width, mean, covariance: sums.map((sum) => sum / (count - 1)) };
}

/**
 * Fréchet distance of two Gaussians (Heusel et al., 2017, Eq. 6): ‖μ₁ − μ₂‖² + tr(Σ₁ + Σ₂ − 2(Σ₁Σ₂)^½). With Inception's
 * features it is the FID; with others it can only be compared with itself, and only at the same number of pictures: few
 * pictures give a larger distance.
 *
 * tr (Σ₁Σ₂)^½ is taken as the sum of the roots of the eigenvalues of the symmetric Σ₁^½ Σ₂ Σ₁^½, which are the same.
 */
export function frechetDistance(first: Gaussian, second: Gaussian): number {
  const { width } = first;
  if (second.width !== width) {
    throw new RangeError(`frechetDistance: features of one width, found ${width} and ${second.width}`);
  }
  const root = squareRoot(first.covariance, width);
  const shape = { m: width, n: width, depth: width };
  // Both are symmetric, so a product with the transposed is a product.
  const half = multiplyTransposed(root, second.covariance, new Float64Array(width * width), shape);
  const inner = multiplyTransposed(half, root, new Float64Array(width * width), shape);
  for (let i = 0; i < width; i++) {
    for (let j = 0; j < i; j++) {
      const mean = (inner[i * width + j] + inner[j * width + i]) / 2;
      inner[i * width + j] = mean;
      inner[j * width + i] = mean;
    }
  }
  const shared = symmetricEigen(inner, width).values.reduce((sum, value) => sum + Math.sqrt(Math.max(0, value)), 0);
  let distance = -2 * shared;
  for (let i = 0; i < width; i++) {
    distance += (first.mean[i] - second.mean[i]) ** 2;
    distance += first.covariance[i * width + i] + second.covariance[i * width + i];
  }
  return distance;
}

/** The symmetric S with S·S = matrix, for a matrix without negative eigenvalues (rounding aside). */
function squareRoot(matrix: Float64Array, size: number): Float64Array {
  const { values, vectors } = symmetricEigen(matrix, size);
  const columns = transposed(vectors, size, size);
  const scaled = columns.map((entry, i) => entry * Math.sqrt(Math.max(0, values[i % size])));
  return multiplyTransposed(scaled, columns, new Float64Array(size * size), { m: size, n: size, depth: size });
}
