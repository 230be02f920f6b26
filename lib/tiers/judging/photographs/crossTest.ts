import { type FeatureSet, selectRows } from '../../../evaluate/features.js';
import { predictNearestNeighbours } from '../../../evaluate/knn.js';
import { correctFlags } from '../../../evaluate/metrics.js';
import { predictClasses, sweepLogisticRegression } from '../../../evaluate/sweepLogisticRegression.js';
import { type Rng, rng } from '../../../random/rng.js';

/** [count] each, 1 where the prediction is right. */
export interface CrossTested {
  readonly logistic: Uint8Array;
  readonly knn: Uint8Array;
}

/** Neighbours that vote: a class may have as few as four photographs in a fold. */
const NEIGHBOURS = 5;

/**
 * Every photograph is tested once, by classifiers that were trained on the other folds; of those rows a fifth chooses λ, then all
 * train. A small set thus gives as many tested rows as it has.
 */
export async function crossTest(
  set: FeatureSet,
  {
    seed = 0,
    folds = 2,
    lambdas = [0.1, 1, 10, 100, 1000],
  }: { seed?: number; folds?: number; lambdas?: readonly number[] } = {},
): Promise<CrossTested> {
  const fold = stratified(set.labels, set.classes, folds, rng(seed, 'photographs', 'folds'));
  const [logistic, knn] = [new Uint8Array(set.count), new Uint8Array(set.count)];
  const rows = (keep: (row: number) => boolean) => Array.from({ length: set.count }, (_, i) => i).filter(keep);
  for (let held = 0; held < folds; held++) {
    const inside = rows((row) => fold[row] !== held);
    const part = stratified(set.labels, set.classes, 5, rng(seed, 'photographs', 'validation', held), inside);
    const train = selectRows(
      set,
      inside.filter((_, i) => part[i] !== 0),
    );
    const validation = selectRows(
      set,
      inside.filter((_, i) => part[i] === 0),
    );
    const tested = rows((row) => fold[row] === held);
    const test = selectRows(set, tested);
    const sweep = await sweepLogisticRegression(train, validation, { lambdas });
    const told = correctFlags(predictClasses(sweep, test), test.labels);
    const near = correctFlags(predictNearestNeighbours(selectRows(set, inside), test, { k: NEIGHBOURS }), test.labels);
    tested.forEach((row, i) => {
      logistic[row] = told[i];
      knn[row] = near[i];
    });
  }
  return { logistic, knn };
}

/** A part in 0 … parts − 1 for each of the rows, so that every class is spread over all parts. */
export function stratified(
  labels: Int32Array,
  classes: number,
  parts: number,
  draw: Rng,
  rows: readonly number[] = Array.from(labels.keys()),
): Int32Array {
  const part = new Int32Array(rows.length);
  let next = 0;
  for (let label = 0; label < classes; label++) {
    const of = Array.from(rows.keys()).filter((i) => labels[rows[i]] === label);
    // Parts take turns over the classes, so that none is favoured by classes whose count is odd.
    for (const i of draw.child('class', label).shuffle(of)) part[i] = next++ % parts;
  }
  return part;
}

/** The `count` nearest rows of each query by cosine, nearest first, itself left out. */
export function nearestRows(set: FeatureSet, queries: readonly number[], count: number): number[][] {
  const { features, width } = set;
  const length = (row: number) => {
    let sum = 0;
    for (let j = 0; j < width; j++) sum += features[row * width + j] ** 2;
    return Math.sqrt(sum) || 1;
  };
  const lengths = Float64Array.from({ length: set.count }, (_, row) => length(row));
  return queries.map((query) => {
    const cosines = Array.from({ length: set.count }, (_, row) => {
      let sum = 0;
      for (let j = 0; j < width; j++) sum += features[row * width + j] * features[query * width + j];
      return { row, cosine: row === query ? Number.NEGATIVE_INFINITY : sum / (lengths[row] * lengths[query]) };
    });
    cosines.sort((a, b) => b.cosine - a.cosine || a.row - b.row);
    return cosines.slice(0, count).map(({ row }) => row);
  });
}
