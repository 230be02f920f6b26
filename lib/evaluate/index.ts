export { rawPixelFeatures } from './baselines.js';
export type { Arithmetic } from './crossEntropy.js';
export {
  type ClassificationOptions,
  type ClassificationScores,
  evaluateClassification,
  evaluateFeatures,
  type FeatureCache,
} from './evaluateClassification.js';
export {
  concatenateFeatures,
  type ExtractFeatures,
  extractFeatures,
  type FeatureSet,
  featureSet,
  type LabelledImages,
  type LabelledPixels,
  loadFeatures,
  saveFeatures,
  selectRows,
} from './features.js';
export { foregroundIou, maskToGrid } from './foregroundIou.js';
export { type Interval, type PairedDifference, pairedBootstrap, wilsonInterval } from './interval.js';
export { type NearestNeighboursOptions, predictNearestNeighbours } from './knn.js';
export { type LbfgsOptions, type LbfgsResult, minimizeLbfgs } from './lbfgs.js';
export {
  type LinearProbeOptions,
  type LinearProbeResult,
  linearProbe,
  PROBE_RATES,
  type ProbeCurve,
  type ProbeScore,
} from './linearProbe.js';
export {
  fitLogisticRegression,
  type LinearClassifier,
  type LogisticRegressionFit,
  predictLogits,
} from './logisticRegression.js';
export {
  accuracy,
  argmaxRows,
  averagePrecision11,
  correctFlags,
  meanAveragePrecision11,
  meanPerClassAccuracy,
} from './metrics.js';
export { type PatchPca, patchPca } from './patchPca.js';
export { type PrincipalComponents, principalComponents } from './pca.js';
export { fitStandardization, type Standardization, standardize } from './standardize.js';
export {
  type LambdaTrial,
  type LogisticRegressionSweep,
  logSpacedLambdas,
  predictClasses,
  sweepLogisticRegression,
} from './sweepLogisticRegression.js';
export { type SymmetricEigen, symmetricEigen } from './symmetricEigen.js';
