/** Column of the largest entry of each row of scores [count, classes]; the first of equals. */
export function argmaxRows(scores: Float64Array | Float32Array, classes: number): Int32Array {
  const rows = new Int32Array(scores.length / classes);
  for (let i = 0; i < rows.length; i++) {
    let best = 0;
    for (let c = 1; c < classes; c++) if (scores[i * classes + c] > scores[i * classes + best]) best = c;
    rows[i] = best;
  }
  return rows;
}

/** 1 where the prediction is right, else 0. */
export function correctFlags(predicted: Int32Array, labels: Int32Array): Uint8Array {
  requireEqualLength('correctFlags', predicted, labels);
  return Uint8Array.from(labels, (label, i) => (label === predicted[i] ? 1 : 0));
}

/** Share of right predictions, 0 … 1. */
export function accuracy(predicted: Int32Array, labels: Int32Array): number {
  const flags = correctFlags(predicted, labels);
  return flags.reduce((sum, flag) => sum + flag, 0) / flags.length;
}

/** Mean over the classes present in `labels` of the accuracy within the class (Aircraft, Flowers, Pets, Caltech-101). */
export function meanPerClassAccuracy(predicted: Int32Array, labels: Int32Array, classes: number): number {
  const flags = correctFlags(predicted, labels);
  const right = new Float64Array(classes);
  const seen = new Float64Array(classes);
  labels.forEach((label, i) => {
    seen[label]++;
    right[label] += flags[i];
  });
  let sum = 0;
  let present = 0;
  for (let c = 0; c < classes; c++) {
    if (seen[c] === 0) continue;
    sum += right[c] / seen[c];
    present++;
  }
  return sum / present;
}

/**
 * Average precision as VOC2007 defines it: the mean, over recalls 0, 0.1, … 1, of the best precision at that recall or
 * above. Equal scores keep their order in the input. NaN when nothing is relevant.
 */
export function averagePrecision11(scores: Float64Array | Float32Array, relevant: Uint8Array | Int32Array): number {
  requireEqualLength('averagePrecision11', scores, relevant);
  const order = Array.from(scores, (_, i) => i).sort((i, j) => scores[j] - scores[i] || i - j);
  const positives = order.filter((row) => relevant[row] > 0).length;
  if (positives === 0) return Number.NaN;
  const bestPrecision = new Float64Array(11);
  let hits = 0;
  order.forEach((row, rank) => {
    if (relevant[row] <= 0) return;
    hits++;
    const precision = hits / (rank + 1);
    // Integers on both sides: recall hits/positives reaches level/10 exactly, with no rounding.
    for (let level = 0; level <= 10 && 10 * hits >= level * positives; level++) {
      if (precision > bestPrecision[level]) bestPrecision[level] = precision;
    }
  });
  return bestPrecision.reduce((sum, precision) => sum + precision, 0) / 11;
}

/** Mean over classes of `averagePrecision11`; scores and relevant are [count, classes]. */
export function meanAveragePrecision11(
  scores: Float64Array | Float32Array,
  relevant: Uint8Array,
  classes: number,
): number {
  requireEqualLength('meanAveragePrecision11', scores, relevant);
  const count = scores.length / classes;
  let sum = 0;
  for (let c = 0; c < classes; c++) {
    const column = Float64Array.from({ length: count }, (_, i) => scores[i * classes + c]);
    sum += averagePrecision11(
      column,
      Uint8Array.from({ length: count }, (_, i) => relevant[i * classes + c]),
    );
  }
  return sum / classes;
}

function requireEqualLength(where: string, first: ArrayLike<number>, second: ArrayLike<number>): void {
  if (first.length === 0 || first.length !== second.length) {
    throw new RangeError(`${where}: two equal, positive lengths needed, found ${first.length} and ${second.length}`);
  }
}
