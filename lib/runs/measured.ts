/** Both ends of a 95 % interval. */
export interface Interval {
  readonly low: number;
  readonly high: number;
}

/** A measured number with its 95 % interval. */
export interface Measured extends Interval {
  readonly value: number;
}

/** A share and its interval, in percent. */
export const inPercent = (value: number, { low, high }: Interval): Measured => ({
  value: 100 * value,
  low: 100 * low,
  high: 100 * high,
});

/** As tables write it: '57.3 (55.1–59.4)'. */
export const written = ({ value, low, high }: Measured): string =>
  `${value.toFixed(1)} (${low.toFixed(1)}–${high.toFixed(1)})`;
