export { allSettings } from './allSettings.js';
export { compareOrder, type OrderAgreement } from './compareOrder.js';
export { drawRows, middle, type RowDraws } from './drawRows.js';
export {
  ablationData,
  committedMeasures,
  forestData,
  guidanceData,
  lengthData,
  METRIC_NAMES,
  positivesData,
  scalingData,
} from './figureData.js';
export { type JudgedComparison, type Judgement, judgeClaim, type Verdict } from './judgeClaim.js';
export {
  type JudgedExperiment,
  type JudgedOrder,
  type JudgedRow,
  judgeExperiment,
  judgeTier,
  type RowScore,
  settledSettings,
} from './judgeExperiment.js';
export { ASSUMED_SPREAD, type MetricPower, powerInWords, powerOf } from './power.js';
export { kendall, permutationP, ranks, spearman } from './rankCorrelation.js';
export { meanOfRuns, type ScoredRow, type SeedScore } from './scoredRow.js';
export { type SeedSpread, seedSpread } from './seedSpread.js';
export {
  claimTable,
  explanationTable,
  notRun,
  orderTable,
  scoreTable,
  type TracedRow,
  taskScoreTable,
  tracedData,
  verdictTable,
} from './tables.js';
