import type { Interval } from '../runs/measured.js';
import { wilsonInterval } from './interval.js';

/** A share of some pictures, with its 95 % interval (Wilson). */
export interface Share extends Interval {
  readonly share: number;
  readonly of: number;
}

/** `found` of `of` as a share, to four digits. */
export function shareOf(found: number, of: number): Share {
  const { low, high } = wilsonInterval(found, of);
  const round = (value: number) => Number(value.toFixed(4));
  return { share: round(found / of), low: round(low), high: round(high), of };
}
