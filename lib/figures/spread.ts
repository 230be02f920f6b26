/** Labels keep this share of the axis between them. */
const LABEL_STEP = 0.06;

/**
 * Moves labels (places as shares of the axis) just so far that none overlap and none leaves the axis; their order stays. The
 * sum of squared moves is the least there is: labels that meet are pooled around their mean (isotonic regression).
 */
export function spread(shares: readonly number[], step = LABEL_STEP): number[] {
  const order = shares.map((_, at) => at).sort((a, b) => shares[a] - shares[b]);
  const pools: { sum: number; count: number }[] = [];
  const mean = ({ sum, count }: { sum: number; count: number }) => sum / count;
  // Less the room of the labels below, the places must not fall.
  for (const [at, label] of order.entries()) {
    let pool = { sum: shares[label] - at * step, count: 1 };
    while (pools.length > 0 && mean(pools[pools.length - 1]) > mean(pool)) {
      const before = pools.pop() as typeof pool;
      pool = { sum: pool.sum + before.sum, count: pool.count + before.count };
    }
    pools.push(pool);
  }
  const highest = 1 - (order.length - 1) * step;
  const placed = [...shares];
  const places = pools.flatMap((pool) => new Array<number>(pool.count).fill(mean(pool)));
  for (const [at, label] of order.entries()) {
    placed[label] = Math.min(Math.max(places[at], 0), highest) + at * step;
  }
  return placed;
}
