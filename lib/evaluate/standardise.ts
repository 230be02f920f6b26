import type { FeatureSet } from './features.js';

/** Per-column statistics of a set of features. */
export interface Standardisation {
  /** [width] */
  readonly mean: Float64Array;
  /** [width]; 1 where a column is constant, so that it becomes zero and not infinite */
  readonly scale: Float64Array;
}

/** Mean and (biased) standard deviation of each column, as the paper's logistic regression uses them (spec §5.2). */
export function fitStandardisation({ features, count, width }: FeatureSet): Standardisation {
  const mean = new Float64Array(width);
  const scale = new Float64Array(width);
  for (let i = 0; i < count; i++) for (let j = 0; j < width; j++) mean[j] += features[i * width + j];
  for (let j = 0; j < width; j++) mean[j] /= count;
  for (let i = 0; i < count; i++) {
    for (let j = 0; j < width; j++) scale[j] += (features[i * width + j] - mean[j]) ** 2;
  }
  for (let j = 0; j < width; j++) {
    const deviation = Math.sqrt(scale[j] / count);
    // Rounding leaves a constant column with a deviation of about 1e-7 of its mean in float32.
    scale[j] = deviation > 1e-6 * Math.abs(mean[j]) && deviation > 0 ? deviation : 1;
  }
  return { mean, scale };
}

/** (x − mean) / scale, as a new set. */
export function standardise(set: FeatureSet, { mean, scale }: Standardisation): FeatureSet {
  const { width, count } = set;
  if (mean.length !== width) throw new RangeError(`standardise: ${mean.length} statistics for ${width} columns`);
  const features = new Float32Array(set.features.length);
  for (let i = 0; i < count; i++) {
    for (let j = 0; j < width; j++) features[i * width + j] = (set.features[i * width + j] - mean[j]) / scale[j];
  }
  return { ...set, features };
}
