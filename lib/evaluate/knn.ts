import { type FeatureSet, requireSameSpace } from './features.js';
import { argmaxRows } from './metrics.js';
import { multiplyTransposed } from './multiplyTransposed.js';
import { largest, unitRows } from './nearest.js';

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
  const bank = unitRows(train.features, train.width);
  const queries = unitRows(test.features, test.width);
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
