/**
 * Otsu's threshold (1979): the cut that leaves the least variance within the two groups of values it makes, halfway
 * between the two values beside it. No bins: all cuts of the sorted values are tried.
 *
 * @throws RangeError for no values
 */
export function otsuThreshold(values: ArrayLike<number>): number {
  const sorted = Float64Array.from(values).sort();
  const count = sorted.length;
  if (count === 0) throw new RangeError('otsuThreshold: one value at least');
  const total = sorted.reduce((sum, value) => sum + value, 0);
  let [best, most] = [sorted[0], Number.NEGATIVE_INFINITY];
  let below = 0;
  for (let i = 1; i < count; i++) {
    below += sorted[i - 1];
    const gap = below / i - (total - below) / (count - i);
    const between = i * (count - i) * gap * gap;
    if (between > most) [best, most] = [(sorted[i - 1] + sorted[i]) / 2, between];
  }
  return best;
}
