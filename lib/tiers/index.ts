export {
  backgroundSynonyms,
  CAPTION_LOG,
  PLACES_CAPTION_LOG,
  tierCaptions,
  tierConcepts,
  worldMixture,
  worldPrompt,
} from './captions.js';
export { type ClipRun, openClipRun, prepareTokenizer } from './clipRun.js';
export {
  densePanels,
  finetuneCurves,
  finetuneTable,
  maskPictures,
  type PredictedMasks,
  recordedMasks,
  segmentationTable,
} from './denseTables.js';
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
} from './encoder.js';
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
} from './evaluateAll.js';
export { compareOnScenes, type MethodScores, tierScenes } from './evaluation.js';
export { judgedBy, notEvaluated, type RecordsFrom } from './evaluationScores.js';
export { type GeneratorRecord, generatorFolder, generatorRecord, openTierGenerator } from './generator.js';
export { type CaptionWords, imageSource } from './imageSource.js';
export { captionsOfOneConcept, liveImages, promptCaptions } from './images.js';
export { type CaptionVerdict, captionsToJudge, type JudgedCaptions, judgedCaptions } from './judgedCaptions.js';
export {
  GENERATOR_MEASURES,
  type JudgedSample,
  judgedSamples,
  openTierJudge,
  sampleLabel,
} from './judgedSamples.js';
export {
  evaluationRecords,
  firstJudged,
  taskPictures,
  taskTable,
  transferLive,
  zeroShotTable,
} from './liveEvaluation.js';
export { overviewData, settingsTable, tierScenesOfGenerator } from './overview.js';
export { type PcaSet, pcaPanels } from './panels.js';
export { pcaCurves, pcaTable } from './pcaTables.js';
export { protocolSettings } from './protocolSettings.js';
export { type Judged, laptopJudged, smokeJudged } from './protocols/judged.js';
export { segmentJudged, tierSegmentation, tierSegmentationScenes } from './protocols/segmentation.js';
export { openRealSource, type RealImages } from './realSource.js';
export { TIERS, type Tier, type TierSettings, tierSettings } from './settings.js';
export { worldAltTexts, worldJoinedNames, worldStrategy } from './strategies.js';
export { type GeneratorMeasures, readGeneratorMeasures, tradeoffData } from './tradeoff.js';
export {
  fewExamplesTable,
  probeTable,
  skippedTasks,
  transferDots,
  transferMeans,
  transferTable,
} from './transferTables.js';
export { watchByNeighbours } from './watchEncoder.js';
