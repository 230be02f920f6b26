export { attention } from './attention.js';
export { transformerBlock } from './block.js';
export { valueAndGrads } from './gradients.js';
export {
  fanInUniform,
  filled,
  initBlock,
  initLayerNorm,
  initLinear,
  parameterCount,
  sinCosPositions,
  truncatedNormal,
  xavierUniform,
} from './init.js';
export { gelu, layerNorm, linear, unitRows } from './layers.js';
export { withoutPrefix, withPrefix } from './names.js';
export * from './optim/index.js';
