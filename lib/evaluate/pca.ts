import { leadingEigen } from './leadingEigen.js';
import { multiplyTransposed, transposed } from './multiplyTransposed.js';

export interface PrincipalComponents {
  /** [width] */
  readonly mean: Float64Array;
  /** [components, width], unit rows, the entry of largest size positive */
  readonly axes: Float64Array;
  /** [components], variance along each axis, descending */
  readonly variances: Float64Array;
  /** [count, components], the centred rows along the axes; not whitened */
  readonly scores: Float64Array;
}

/** Principal components of rows [count, width], through the eigenvectors of their covariance. */
export function principalComponents(
  rows: Float32Array | Float64Array,
  { width, components }: { width: number; components: number },
): PrincipalComponents {
  const count = rows.length / width;
  if (!Number.isInteger(count) || count < 2 || components < 1 || components > width) {
    throw new RangeError(
      `principalComponents: 2 or more rows of ${width}, 1 … ${width} components; found ${count} rows, ${components}`,
    );
  }
  const mean = new Float64Array(width);
  for (let i = 0; i < count; i++) for (let j = 0; j < width; j++) mean[j] += rows[i * width + j] / count;
  const centred = new Float64Array(count * width);
  for (let i = 0; i < count; i++) {
    for (let j = 0; j < width; j++) centred[i * width + j] = rows[i * width + j] - mean[j];
  }
  const columns = transposed(centred, count, width);
  const covariance = multiplyTransposed(columns, columns, new Float64Array(width * width), {
    m: width,
    n: width,
    depth: count,
  });
  for (let i = 0; i < covariance.length; i++) covariance[i] /= count;
  const { values: variances, vectors: axes } = leadingEigen(covariance, width, { count: components });
  const scores = multiplyTransposed(centred, axes, new Float64Array(count * components), {
    m: count,
    n: components,
    depth: width,
  });
  return { mean, axes, variances, scores };
}
