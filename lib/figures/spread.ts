/** Labels keep this share of the axis between them. */
const LABEL_STEP = 0.06;

/** Moves labels (places as shares of the axis) up just enough not to overlap; their order stays. */
export function spread(shares: readonly number[], step = LABEL_STEP): number[] {
  const order = shares.map((_, at) => at).sort((a, b) => shares[a] - shares[b]);
  const placed = [...shares];
  for (let at = 1; at < order.length; at++) {
    placed[order[at]] = Math.max(placed[order[at]], placed[order[at - 1]] + step);
  }
  return placed;
}
