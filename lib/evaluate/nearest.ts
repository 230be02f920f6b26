/** Indices of the k largest entries, largest first; the earlier of equals. */
export function largest(values: Float64Array, k: number): number[] {
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

/** Rows [count, width], each of length 1. */
export function unitRows(rows: ArrayLike<number>, width: number): Float64Array {
  const out = Float64Array.from(rows);
  for (let from = 0; from < out.length; from += width) {
    let square = 0;
    for (let j = 0; j < width; j++) square += out[from + j] ** 2;
    const scale = 1 / Math.max(Math.sqrt(square), 1e-12);
    for (let j = 0; j < width; j++) out[from + j] *= scale;
  }
  return out;
}
