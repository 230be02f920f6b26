/** ln Γ(x) for x > 0: Stirling's series, after moving x above 20. */
function logGamma(x: number): number {
  let shift = 0;
  let z = x;
  for (; z < 20; z++) shift += Math.log(z);
  const series = 1 / (12 * z) - 1 / (360 * z ** 3) + 1 / (1260 * z ** 5) - 1 / (1680 * z ** 7);
  return (z - 0.5) * Math.log(z) - z + 0.5 * Math.log(2 * Math.PI) + series - shift;
}

/**
 * Probability that χ² with `freedom` degrees of freedom is above `x`: one minus the regularised incomplete gamma
 * function P(freedom / 2, x / 2), by its series.
 */
export function chiSquareAbove(x: number, freedom: number): number {
  const a = freedom / 2;
  const half = x / 2;
  let term = Math.exp(a * Math.log(half) - half - logGamma(a + 1));
  let below = 0;
  for (let k = 1; term > 1e-18 || k < half; k++) {
    below += term;
    term *= half / (a + k);
  }
  return Math.max(0, 1 - below);
}

/**
 * Pearson's test: the probability of counts at least as far from the shares, if the shares hold. A name that is not
 * among the shares, or has share 0, is impossible: 0.
 */
export function pearson(counts: ReadonlyMap<string, number>, shares: Readonly<Record<string, number>>): number {
  const possible = Object.entries(shares).filter(([, share]) => share > 0);
  if ([...counts.keys()].some((name) => !(shares[name] > 0))) return 0;
  const total = [...counts.values()].reduce((a, b) => a + b, 0);
  const x = possible.reduce((sum, [name, share]) => {
    const expected = share * total;
    return sum + ((counts.get(name) ?? 0) - expected) ** 2 / expected;
  }, 0);
  return chiSquareAbove(x, possible.length - 1);
}

/** How often each name occurs. */
export function countsOf(names: Iterable<string>): Map<string, number> {
  const counts = new Map<string, number>();
  for (const name of names) counts.set(name, (counts.get(name) ?? 0) + 1);
  return counts;
}
