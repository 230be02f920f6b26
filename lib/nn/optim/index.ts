export { adamwCorrections, adamwUpdate, decaysMatrices, initAdamw } from './adamw.js';
export { clipByGlobalNorm, globalNorm } from './clip.js';
export { emaDecay, emaUpdate } from './ema.js';
export { decaysInFineTuning, layerDecay } from './layerDecay.js';
export { initMuon, muonUpdate, orthogonalise } from './muon.js';
export { goesToMuon, initMuonAdamw, muonAdamwUpdate } from './muonAdamw.js';
