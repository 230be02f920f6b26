/** The q-quantile of numbers, linear between neighbours. */
export function quantile(values, q) {
  const sorted = [...values].sort((a, b) => a - b);
  const at = q * (sorted.length - 1);
  const low = Math.floor(at);
  return sorted[low] + (at - low) * (sorted[Math.ceil(at)] - sorted[low]);
}

export const median = (values) => quantile(values, 0.5);

/** Median and quartiles, rounded to four digits. */
export function spread(values) {
  const round = (x) => Number(x.toPrecision(4));
  return { median: round(median(values)), quartiles: [round(quantile(values, 0.25)), round(quantile(values, 0.75))] };
}
