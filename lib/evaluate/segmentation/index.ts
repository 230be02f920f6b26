export {
  asPublished,
  checkSegmentationConfig,
  type LinearConfig,
  laptopLinearSegmentation,
  laptopSegmentation,
  paperSegmentationB,
  paperSegmentationL,
  type SegmentationAugmentation,
  type SegmentationConfig,
  type UperNetConfig,
} from './config.js';
export { runningNorm } from './convModule.js';
export { IGNORED, type MaskedImage, type MaskedImages } from './maskedImages.js';
export { type MaskFolderOptions, openMaskFolder } from './maskFolder.js';
export { countRegions, type RegionCounts, type SegmentationScores, scoreRegions } from './meanIou.js';
export { initSegmentation, segmentationLogits, segmentationModel } from './model.js';
export { pixelCrossEntropy } from './pixelCrossEntropy.js';
export { type SegmentationPoint, type SegmentationResult, segment } from './segment.js';
export { type SegmentationSceneOptions, segmentationScenes } from './segmentationScenes.js';
export { openSegmenter, type Segmenter } from './segmenter.js';
export { type Canvas, slideWindow, windowStarts } from './slidingWindow.js';
