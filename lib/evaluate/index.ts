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
export * from './finetune/index.js';
export { foregroundIou, maskToGrid } from './foregroundIou.js';
export { captionScenes, type MeasuredCaption } from './generator/captionScenes.js';
export { type Overlap, overlap } from './generator/coverage.js';
export { frechetDistance, type Gaussian, gaussianOf } from './generator/frechetDistance.js';
export { type ImageDiversity, imageDiversity } from './generator/imageDiversity.js';
export { type JudgeScore, judgeScore, type Wanted } from './generator/judgeScore.js';
export {
  type ImageMeasures,
  type Likeness,
  type Measuring,
  measureGenerator,
  measureVerdicts,
  prepareMeasuring,
} from './generator/measureGenerator.js';
export { type Interval, type PairedDifference, pairedBootstrap, wilsonInterval } from './interval.js';
export { examineJudge, type JudgeExam } from './judge/examineJudge.js';
export { exportJudge } from './judge/exportJudge.js';
export { type JudgeConfig, judgeConfig, judgeSteps } from './judge/judgeConfig.js';
export { type JudgePicture, type JudgePictures, judgePictures } from './judge/judgePictures.js';
export { JUDGE_FOLDER, type Judge, openJudge, type Verdicts } from './judge/openJudge.js';
export { type TrainedJudge, trainJudge } from './judge/trainJudge.js';
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
export * from './segmentation/index.js';
export { type Share, shareOf } from './share.js';
export { fitStandardization, type Standardization, standardize } from './standardize.js';
export {
  type LambdaTrial,
  type LogisticRegressionSweep,
  logSpacedLambdas,
  predictClasses,
  sweepLogisticRegression,
} from './sweepLogisticRegression.js';
export { type SymmetricEigen, symmetricEigen } from './symmetricEigen.js';
export {
  type EmbedTexts,
  evaluateZeroShot,
  ZERO_SHOT_TEMPLATES,
  type ZeroShotClassifier,
  type ZeroShotScores,
  zeroShotClassifier,
} from './zeroShot.js';
