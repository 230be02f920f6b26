export {
  augmentCrop,
  type CropDraw,
  cutCrop,
  downsampleImage,
  drawCrop,
  drawMultiCrop,
  type MultiCropDraw,
  multiCrop,
  randomCropBox,
} from './augment.js';
export { gaussianBlur } from './blur.js';
export {
  adjustBrightness,
  adjustContrast,
  adjustHue,
  adjustSaturation,
  solarize,
  toGrayscale,
} from './colour.js';
export { cutCrops, DRAW_NUMBERS, packPixels, writeDraw } from './cropTensors.js';
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
