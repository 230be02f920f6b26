/**
 * What notebooks import: the calls of the lessons, by the room that has them. Everything else is behind the rooms' own doors:
 * `import { vit } from 'synclr/synclr'`, `import { compile } from 'synclr/engine'`. CONTRIBUTING.md has the map.
 */

// All types: the compiler of the notebooks names the type of every variable of a cell, and must find it.
export type * from './captions/index.js';
export {
  CAPTION_STRATEGIES,
  captionNames,
  captionReport,
  captionsWithBackground,
  diversityCurve,
  inContextBanks,
  openLlama,
  publishedLists,
  RELATIONS,
  readCaptionLog,
  SOURCE_SHARES,
  siftCaptions,
  TEMPLATE_SHARES,
} from './captions/index.js';
export type * from './data/index.js';
export { contactSheet, FAMILIES, GENERATOR_FAMILIES, worldConcepts } from './data/index.js';
export type * from './diffusion/index.js';
export type * from './engine/index.js';
export { describeTfjsNodeGpu, tf } from './engine/index.js';
export { InputError } from './errors.js';
export type * from './evaluate/index.js';
export { pairedBootstrap } from './evaluate/index.js';
export type * from './experiments/index.js';
export {
  ablationData,
  CAPTION_SOURCES,
  captionsOfSource,
  claimTable,
  committedMeasures,
  experimentSettings,
  experimentsNamed,
  explanationTable,
  forestData,
  guidanceData,
  judgeTier,
  lengthData,
  METRIC_NAMES,
  measuredRows,
  notRun,
  orderTable,
  positivesData,
  scalingData,
  scoreTable,
  taskScoreTable,
  tracedData,
  trainersOf,
  verdictTable,
} from './experiments/index.js';
export type * from './figures/index.js';
export {
  ablationDots,
  captionDiversity,
  claimForest,
  closeRenderer,
  figure1Overview,
  figure2Granularity,
  figure3Prompt,
  figure4Samples,
  figure5Pca,
  guidanceCurve,
  guidanceRow,
  imageGrid,
  lengthCurves,
  pictureUri,
  positivesCurve,
  probeBars,
  samplingTradeoff,
  saveImage,
  scalingCurve,
  scoreCurves,
  scorePanels,
  segmentationMasks,
  showFigure,
  taskDots,
} from './figures/index.js';
export type * from './nn/index.js';
export type * from './notebook/index.js';
export { showTable } from './notebook/index.js';
export type * from './pictures/index.js';
export type * from './random/index.js';
export { type Rng, rng } from './random/index.js';
export type * from './runs/index.js';
export { showPng } from './runs/index.js';
export type * from './synclr/index.js';
export { clipLoss, stableRepLoss, teacherStandstill, vitParameterCount } from './synclr/index.js';
export type * from './tiers/index.js';
export {
  backgroundSynonyms,
  CAPTION_LOG,
  densePanels,
  drawingRetrieval,
  drawingsTable,
  drawingToPhotographTable,
  encoderRecords,
  evaluationRecords,
  fewExamplesTable,
  finetuneTable,
  GENERATOR_MEASURES,
  generatorRecord,
  judgedCaptions,
  judgedSamples,
  maskPictures,
  neighbourTable,
  notEvaluated,
  openTierGenerator,
  openTierJudge,
  overviewData,
  PLACES_CAPTION_LOG,
  pcaCurves,
  pcaPanels,
  pcaTable,
  photographDifferences,
  photographPcaTable,
  photographsHere,
  photographsNotRun,
  photographsSeen,
  photographTable,
  probeTable,
  promptCaptions,
  protocolSettings,
  readGeneratorMeasures,
  readShownPhotographs,
  recordedMasks,
  sampleLabel,
  secondJudgeTable,
  segmentationTable,
  settingsTable,
  skippedTasks,
  type Tier,
  taskPictures,
  taskTable,
  tierCaptions,
  tierConcepts,
  tierEncoders,
  tierScenes,
  tierScenesOfGenerator,
  tierSegmentation,
  tierSegmentationScenes,
  tierSettings,
  tradeoffData,
  transferDots,
  transferTable,
  worldAltTexts,
  worldJoinedNames,
  worldMixture,
  worldPrompt,
} from './tiers/index.js';
