export { batchOfStep, rowsOfStep } from './batches.js';
export { checkEncoderConfig } from './checkEncoderConfig.js';
export { readEncoder } from './checkpoint.js';
export { openClipEncoder, openTextEncoder, type TextEncoder } from './clipEmbeddings.js';
export { compileTraining } from './compileTraining.js';
export {
  type ClipConfig,
  type EncoderConfig,
  type EncoderObjective,
  encoderPresets,
  type IbotConfig,
  laptopClip,
  laptopSimclr,
  laptopStableRep,
  laptopStableRepPlus,
  laptopSupervised,
  laptopSynclr,
  type PrototypeConfig,
  paperClip,
  paperIbot,
  paperStableRep,
  paperStableRepPlus,
  paperSynclr,
} from './config.js';
export { type CropsAt, chooseCropsAt, withCrops } from './crops.js';
export { type EncodeOptions, type Encoder, encode, encodePatches, openEncoder } from './encode.js';
export { compileGradCache, type GradCache, type GradCacheOptions } from './gradCache.js';
export {
  type ContrastiveHead,
  type HeadNorm,
  initPredictor,
  initProjector,
  initPrototypeHead,
  type PrototypeHead,
  paperHead,
  paperPrototypeHead,
  predictor,
  projector,
  prototypeHead,
} from './heads.js';
export type { ImageSource, SourceOpener } from './imageSource.js';
export { centerTargets } from './losses/centering.js';
export { clipLoss } from './losses/clip.js';
export { dinoLoss } from './losses/dino.js';
export { ibotLoss, tokenWeights } from './losses/ibot.js';
export { multiPositiveCrossEntropy } from './losses/multiPositive.js';
export { simclrLoss } from './losses/simclr.js';
export { sinkhorn } from './losses/sinkhorn.js';
export { stableRepLoss } from './losses/stableRep.js';
export { stableRepPlusLoss } from './losses/stableRepPlus.js';
export { supervisedLoss } from './losses/supervised.js';
export { type OwnImage, synclrContrastive } from './losses/synclr.js';
export { blockMask, type MaskAssignment, type MaskShape, maskPatches } from './masking.js';
export type { EncoderMetrics } from './metrics.js';
export { initTraining, objectiveOf, trainingStep } from './objectives.js';
export { openBatches } from './openBatches.js';
export { type PositionResize, positionResizeMatrix } from './positions.js';
export {
  learningRateAt,
  peakLearningRate,
  teacherMomentumAt,
  teacherStandstill,
  teacherTemperatureAt,
  weightDecayAt,
} from './schedules.js';
export { initTextTower, type TextConfig, textConfigs, textTower } from './textTower.js';
export { type Evaluation, type TrainedEncoder, type TrainOptions, trainEncoder } from './train.js';
export {
  dropPathKeep,
  dropPathRates,
  initVit,
  patchify,
  type VitConfig,
  type VitIntermediates,
  type VitOutput,
  vit,
  vitClass,
  vitConfigs,
  vitParameterCount,
  vitShapes,
} from './vit.js';
export { type ExportEncoderOptions, exportEncoder } from './weights/exportEncoder.js';
export { toTorch } from './weights/layout.js';
export type { Backbone, MapOptions } from './weights/mapBackbone.js';
export { openPth, type PthFile, readPth } from './weights/pth.js';
export { readBackbone, writeBackbone } from './weights/readBackbone.js';
