export { adaptiveAveragePool } from './adaptivePool.js';
export { attend, attendHead, attendTo, joinHeads } from './attention.js';
export { type FoldedBlock, foldBlock, transformerBlock } from './block.js';
export { valueAndGrads } from './gradients.js';
export {
  fanInUniform,
  filled,
  initBlock,
  initLayerNorm,
  initLinear,
  sinCosPositions,
  truncatedNormal,
  xavierUniform,
} from './init.js';
export { erfGate, gelu, layerNorm, linear } from './layers.js';
export { type FoldedMlp, foldMlp, foldNormMlp, mlp, normMlp } from './mlp.js';
export { withoutPrefix, withPrefix } from './names.js';
export { type FoldedLinear, foldNorm, normLinear, splitColumns } from './normLinear.js';
export * from './optim/index.js';
export { normalise } from './standardise.js';
export { unitRows } from './unitRows.js';
