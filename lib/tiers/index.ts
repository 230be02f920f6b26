export {
  type EvaluateAllOptions,
  type Evaluated,
  evaluateAll,
  evaluationFolder,
  JUDGED_KEYS,
  PROTOCOLS,
  type ProtocolName,
  readEvaluation,
  readEvaluations,
} from './judging/evaluateAll.js';
export { type Judged, judgedEncoder, laptopJudged, openJudged, rawPixels, smokeJudged } from './judging/judged.js';
export { type CaptionVerdict, captionsToJudge, type JudgedCaptions, judgedCaptions } from './judging/judgedCaptions.js';
export {
  GENERATOR_MEASURES,
  type JudgedSample,
  judgedSamples,
  openTierJudge,
  sampleLabel,
} from './judging/judgedSamples.js';
export { type CrossTested, crossTest, stratified } from './judging/photographs/crossTest.js';
export type { PhotographMetrics, SetScores, ToldRows } from './judging/photographs/judgePhotographs.js';
export { committedFeatures, readPhotographRecords } from './judging/photographs/photographRecords.js';
export { readShownPhotographs, type ShownPhotograph } from './judging/photographs/shownPhotographs.js';
export {
  type SegmentationMetrics,
  segmentJudged,
  tierSegmentation,
  tierSegmentationScenes,
} from './judging/protocols/segmentation.js';
export { tierScenes } from './judging/tierScenes.js';
export { watchByNeighbours } from './judging/watchEncoder.js';
export {
  densePanels,
  finetuneTable,
  maskPictures,
  type PredictedMasks,
  recordedMasks,
  segmentationTable,
} from './report/denseTables.js';
export { drawingRetrieval } from './report/drawingRetrieval.js';
export { drawingsTable } from './report/drawingsTable.js';
export { judgedBy, notEvaluated, type RecordsFrom } from './report/evaluationScores.js';
export {
  evaluationRecords,
  taskPictures,
  taskTable,
} from './report/liveEvaluation.js';
export { overviewData, settingsTable, tierScenesOfGenerator } from './report/overview.js';
export { type PcaSet, pcaPanels } from './report/panels.js';
export { pcaCurves, pcaTable } from './report/pcaTables.js';
export { type AskedPhotograph, photographsSeen } from './report/photographsSeen.js';
export {
  drawingToPhotographTable,
  neighbourTable,
  photographDifferences,
  photographPcaTable,
  photographsHere,
  photographsNotRun,
  photographTable,
  secondJudgeTable,
} from './report/photographTables.js';
export { protocolSettings } from './report/protocolSettings.js';
export { splitMapData } from './report/splitMapData.js';
export { type GeneratorMeasures, readGeneratorMeasures, tradeoffData } from './report/tradeoff.js';
export {
  fewExamplesTable,
  probeTable,
  skippedTasks,
  transferDots,
  transferTable,
} from './report/transferTables.js';
export {
  backgroundSynonyms,
  CAPTION_LOG,
  LARGER_WRITER_LOG,
  PLACES_CAPTION_LOG,
  tierCaptions,
  tierConcepts,
  worldMixture,
  worldPrompt,
} from './world/captions.js';
export { type ClipRun, openClipRun, prepareTokenizer } from './world/clipRun.js';
export {
  encoderRecords,
  type FrozenEncoder,
  LAPTOP_ENCODERS,
  type LaptopEncoder,
  laptopEncoder,
  liveTraining,
  tierEncoders,
  trainLive,
  untrained,
} from './world/encoder.js';
export { type GeneratorRecord, generatorFolder, generatorRecord, openTierGenerator } from './world/generator.js';
export { type CaptionWords, imageSource } from './world/imageSource.js';
export { liveImages, promptCaptions } from './world/images.js';
export { openRealSource, type RealImages } from './world/realSource.js';
export { TIERS, type Tier, type TierSettings, tierSettings } from './world/settings.js';
export { worldAltTexts, worldJoinedNames } from './world/strategies.js';
