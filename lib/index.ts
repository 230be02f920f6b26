/**
 * Learning vision from generative models: everything a notebook imports. A room a stage:
 *
 *     captions → diffusion → synclr → evaluate → figures
 *
 * and experiments, which runs the paper's ablations through all of them, on top of engine (TensorFlow.js steps run by ONNX
 * Runtime), nn (layers, optimisers), data (the emoji world, image folders), runs (records, progress), random (counter-based
 * numbers) and notebook (display, headless runs).
 */
export * from './captions/index.js';
export * from './data/index.js';
export * from './diffusion/index.js';
export * from './engine/index.js';
export { InputError } from './errors.js';
export * from './evaluate/index.js';
export * from './experiments/index.js';
export * from './figures/index.js';
export * from './nn/index.js';
export * from './notebook/index.js';
export * from './pictures/index.js';
export { type Rng, rng } from './random/rng.js';
export * from './runs/index.js';
export * from './synclr/index.js';
export * from './tiers/index.js';
