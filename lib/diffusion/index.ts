export { withEndToken } from './endToken.js';
export { type ExportedGenerator, exportGenerator } from './exportGenerator.js';
export { exportInt8Generator } from './exportInt8Generator.js';
export { addNoise, drawSigma, flowLoss, velocityOf } from './flow.js';
export { generateImageSet } from './generateImageSet.js';
export {
  type CaptionCounts,
  type CaptionedImage,
  type CaptionedImages,
  type GeneratorTraining,
  generatorTraining,
} from './generatorBatch.js';
export {
  averagedWeights,
  type GeneratorCheckpoint,
  type GeneratorRunConfig,
  readGeneratorCheckpoint,
} from './generatorCheckpoint.js';
export { type GeneratorConfig, generatorConfig } from './generatorConfig.js';
export { generatorConstants, guessImage, initGenerator } from './generatorModel.js';
export { guide } from './guidance.js';
export { type ImageSet, openImageSet } from './imageSet.js';
export type { ImageSetConfig, SetCaption } from './imageSetFormat.js';
export type { OnnxModel } from './onnxModel.js';
export { openModel } from './openModel.js';
export { openPipeline } from './pipeline.js';
export { previewGrid } from './previewGrid.js';
export { ddim } from './schedulers/ddim.js';
export { flowMatchEuler } from './schedulers/flowMatchEuler.js';
export { openScheduler, SCHEDULER_NAMES, type SchedulerName } from './schedulers/openScheduler.js';
export type { Schedule, Scheduler } from './schedulers/scheduler.js';
export type { GeneratedImage, GenerateOptions, Prompt, TextToImage } from './textToImage.js';
export { buildTokenizer, type EncodedPrompt, openTokenizer, type PromptTokenizer } from './tokenizer.js';
export type { TokenizerJson } from './tokenizerJson.js';
export { type GeneratorStepReport, trainGenerator } from './trainGenerator.js';
export { type ConceptSentence, placesIn, worldImages, worldTokenizer } from './worldImages.js';
