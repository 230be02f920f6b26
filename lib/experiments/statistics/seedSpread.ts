import { meanOfRuns, type ScoredRow } from './scoredRow.js';

/** How far apart equal settings with other seeds end. */
export interface SeedSpread {
  /** standard deviation of one encoder's score about the mean of its setting's, in points */
  readonly deviation: number;
  /** degrees of freedom it was estimated with: the seeds beyond the first, summed over settings */
  readonly degrees: number;
}

/**
 * The spread over seeds, pooled over all settings that were run with two seeds or more: one setting with two seeds says next
 * to nothing about it, twenty do. Undefined where every setting has one seed.
 */
export function seedSpread(rows: readonly ScoredRow[]): SeedSpread | undefined {
  let [squares, degrees] = [0, 0];
  for (const row of rows) {
    const { runs } = row;
    if (runs.length < 2) continue;
    const mean = meanOfRuns(row);
    squares += runs.reduce((sum, { value }) => sum + (value - mean) ** 2, 0);
    degrees += runs.length - 1;
  }
  return degrees === 0 ? undefined : { deviation: Math.sqrt(squares / degrees), degrees };
}
