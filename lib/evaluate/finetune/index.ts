export {
  checkFinetuneConfig,
  type FinetuneConfig,
  laptopFinetune,
  paperFinetuneB,
  paperFinetuneL,
} from './config.js';
export {
  type FinetuneAccuracy,
  type FinetunePoint,
  type FinetuneResult,
  type FinetuneScores,
  finetune,
  type LastAndBest,
} from './finetune.js';
export { cutMix, drawMix, type Mix, type MixSettings, mixImages, mixTargets } from './mix.js';
export { testPicture, trainingPicture } from './pictures.js';
export {
  applyOperation,
  drawOperations,
  paperRandAugment,
  type RandAugmentName,
  type RandAugmentSettings,
  randAugment,
} from './randAugment.js';
export { eraseRandomly } from './randomErasing.js';
export { cosineRateAt, polynomialRateAt } from './schedule.js';
export { softCrossEntropy } from './softCrossEntropy.js';
export { type Tuned, type TuneOptions, type Tuning, tune } from './tune.js';
export { initTuning, type TuningOptimiser, trainedPart, tuningInputs, tuningStep } from './tuningStep.js';
