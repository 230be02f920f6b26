export { rawPixelFeatures } from './baselines.js';
export type { Arithmetic } from './crossEntropy.js';
export {
  evaluateTasks,
  type SkippedTask,
  type TaskEncoder,
  type TaskOptions,
  type TaskScore,
} from './evaluateTasks.js';
export { cachedFeatures, type FeatureKey, hashOfImages } from './featureCache.js';
export {
  concatenateFeatures,
  type ExtractFeatures,
  extractFeatures,
  type FeatureSet,
  featureSet,
  type LabelledImages,
  type LabelledPixels,
  loadFeatures,
  pictureSet,
  saveFeatures,
  selectRows,
} from './features.js';
export { type FewShotOptions, type FewShotScore, fewShot } from './fewShot.js';
export * from './finetune/index.js';
export { foregroundIou, maskToGrid, middleBox } from './foregroundIou.js';
export { captionScenes, type MeasuredCaption } from './generator/captionScenes.js';
export { type Overlap, overlap } from './generator/coverage.js';
export { frechetDistance, type Gaussian, gaussianOf } from './generator/frechetDistance.js';
export { type ImageDiversity, imageDiversity } from './generator/imageDiversity.js';
export { type JudgeScore, judgeScore, type Wanted } from './generator/judgeScore.js';
export {
  type ImageMeasures,
  type Likeness,
  type MeasuredPoint,
  type Measuring,
  measureGenerator,
  measureVerdicts,
  prepareMeasuring,
} from './generator/measureGenerator.js';
export {
  bootstrapInterval,
  type PairedDifference,
  pairedBootstrap,
  wilsonInterval,
} from './interval.js';
export { examineJudge, type JudgeExam } from './judge/examineJudge.js';
export { exportJudge } from './judge/exportJudge.js';
export { type JudgeConfig, judgeConfig, judgeSteps } from './judge/judgeConfig.js';
export type { Judge, Verdicts } from './judge/judgeOf.js';
export { type JudgePicture, type JudgePictures, judgePictures } from './judge/judgePictures.js';
export { JUDGE_FOLDER, openJudge } from './judge/openJudge.js';
export { type TrainedJudge, trainJudge } from './judge/trainJudge.js';
export { type NearestNeighboursOptions, predictNearestNeighbours } from './knn.js';
export { type LbfgsOptions, type LbfgsResult, minimizeLbfgs } from './lbfgs.js';
export {
  type LinearProbeOptions,
  type LinearProbeResult,
  linearProbe,
  PROBE_RATES,
  type ProbeCurve,
  type ProbeNorm,
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
export { otsuThreshold } from './otsu.js';
export { type PatchPca, type PcaThreshold, patchForeground, patchPca } from './patchPca.js';
export { type PrincipalComponents, principalComponents } from './pca.js';
export { type ClassificationScores, evaluateFeatures, fitProbe, type Probe, type ProbeOptions } from './probe.js';
export { publishedTask } from './publishedTask.js';
export * from './segmentation/index.js';
export { type Share, shareOf } from './share.js';
export { fitStandardisation, type Standardisation, standardise } from './standardise.js';
export {
  type LambdaTrial,
  type LogisticRegressionSweep,
  logSpacedLambdas,
  predictClasses,
  sweepLogisticRegression,
  sweepLogits,
} from './sweepLogisticRegression.js';
export { type SymmetricEigen, symmetricEigen } from './symmetricEigen.js';
export { fashionTask } from './tasks/fashionMnist.js';
export { FINE_GRAINED_TASKS } from './tasks/fineGrained.js';
export { folderTask } from './tasks/folderTask.js';
export { type IdxBytes, readIdx } from './tasks/idx.js';
export { labelled, type SceneTask, sceneTask } from './tasks/sceneTask.js';
export type { EvaluationTask, OpenTask, SplitSizes, TaskMetric, TaskSplits } from './tasks/task.js';
export { EVALUATION_TASKS, tasksNamed } from './tasks/tasksNamed.js';
export { NAMED_CONCEPTS, UNSEEN_TASKS } from './tasks/unseen.js';
export {
  type EmbedTexts,
  evaluateZeroShot,
  ZERO_SHOT_TEMPLATES,
  type ZeroShotClassifier,
  type ZeroShotScores,
  zeroShotClassifier,
} from './zeroShot.js';
