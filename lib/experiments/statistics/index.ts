export { packBits, unpackBits } from './bitSet.js';
export type { Claim, Comparison, Measure, ScoredRow, SeedScore, Verdict } from './claim.js';
export { compareOrder, type OrderAgreement } from './compareOrder.js';
export { drawRows, middle, type RowDraws } from './drawRows.js';
export { type JudgedComparison, type Judgement, judgeClaim } from './judgeClaim.js';
export { kendall, permutationP, ranks, spearman } from './rankCorrelation.js';
export { type SeedSpread, seedSpread } from './seedSpread.js';
