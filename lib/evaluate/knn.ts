import { type FeatureSet, requireSameSpace } from './features.js';
import { argmaxRows } from './metrics.js';
import { multiplyTransposed } from './multiplyTransposed.js';

export interface NearestNeighboursOptions {
  /** Neighbours that vote. */
  k?: number;
  /** A vote weighs exp(cosine / temperature). */
  temperature?: number;
}

/**
 * Weighted nearest neighbours on the unit sphere, with DINO's settings (k = 20, temperature 0.07). The paper reports no
 * kNN; it needs no training, so it is the quickest look at an encoder. Returns predicted classes [test.count].
 */
export function predictNearestNeighbours(
  train: FeatureSet,
  test: FeatureSet,
  { k = 20, temperature = 0.07 }: NearestNeighboursOptions = {},
): Int32Array {
  requireSameSpace('predictNearestNeighbours', train, test);
  const neighbours = Math.min(k, train.count);
  if (!(neighbours >= 1 && temperature > 0)) {
    throw new RangeError(`predictNearestNeighbours: k ≥ 1 and temperature > 0, found ${k} and ${temperature}`);
  }
  const bank = unitRows(train);
  const queries = unitRows(test);
  const predicted = new Int32Array(test.count);
  const chunk = 256;
  for (let start = 0; start < test.count; start += chunk) {
    const rows = Math.min(chunk, test.count - start);
    const cosines = multiplyTransposed(
      queries.subarray(start * test.width, (start + rows) * test.width),
      bank,
      new Float64Array(rows * train.count),
      { m: rows, n: train.count, depth: train.width },
    );
    const votes = new Float64Array(rows * train.classes);
    for (let i = 0; i < rows; i++) {
      const row = cosines.subarray(i * train.count, (i + 1) * train.count);
      for (const j of largest(row, neighbours)) {
        // Minus 1 keeps the exponent at or below zero; it scales all votes alike.
        votes[i * train.classes + train.labels[j]] += Math.exp((row[j] - 1) / temperature);
      }
    }
    predicted.set(argmaxRows(votes, train.classes), start);
  }
  return predicted;
}

/** Indices of the k largest entries, largest first; the earlier of equals. */
function largest(values: Float64Array, k: number): number[] {
  const kept: number[] = [];
  for (let i = 0; i < values.length; i++) {
    if (kept.length === k && values[i] <= values[kept[k - 1]]) continue;
    let place = kept.length;
    while (place > 0 && values[kept[place - 1]] < values[i]) place--;
    kept.splice(place, 0, i);
    if (kept.length > k) kept.pop();
  }
  return kept;
}

function unitRows({ features, count, width }: FeatureSet): Float64Array {
  const out = Float64Array.from(features);
  for (let i = 0; i < count; i++) {
    let square = 0;
    for (let j = 0; j < width; j++) square += out[i * width + j] ** 2;
    const scale = 1 / Math.max(Math.sqrt(square), 1e-12);
    for (let j = 0; j < width; j++) out[i * width + j] *= scale;
  }
  return out;
}
