/** Labels keep this share of the axis between them. */
const LABEL_STEP = 0.06;

/**
 * Moves labels (places as shares of the axis) up just enough not to overlap, and down where they would pass its end; their
 * order stays.
 */
export function spread(shares: readonly number[], step = LABEL_STEP): number[] {
  const order = shares.map((_, at) => at).sort((a, b) => shares[a] - shares[b]);
  const placed = [...shares];
  for (let at = 1; at < order.length; at++) {
    placed[order[at]] = Math.max(placed[order[at]], placed[order[at - 1]] + step);
  }
  for (let at = order.length - 1, end = 1; at >= 0 && placed[order[at]] > end; at--, end -= step)
    placed[order[at]] = end;
  return placed;
}
