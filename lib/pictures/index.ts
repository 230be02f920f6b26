export { augmentCrop, downsampleImage, multiCrop, randomCropBox } from './augment.js';
export { gaussianBlur } from './blur.js';
export {
  adjustBrightness,
  adjustContrast,
  adjustHue,
  adjustSaturation,
  solarize,
  toGrayscale,
} from './colour.js';
export { type Normalisation, type NormalisationName, normalisations, normaliseInto } from './normalise.js';
export {
  type CropRecipe,
  clipCrops,
  type Downsample,
  type MultiCrop,
  stableRepCrops,
  synclrCrops,
} from './recipes.js';
export { type Box, cropAndResize, type ResampleKernel, type RgbImage } from './resample.js';
