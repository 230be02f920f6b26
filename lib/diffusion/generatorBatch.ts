import { adamwCorrections } from '../nn/optim/adamw.js';
import { emaDecay } from '../nn/optim/ema.js';
import { type Rng, rng } from '../random/rng.js';
import { type HostTensors, hostTensor, scalar, zeros } from '../runs/hostTensor.js';
import type { Opener } from '../runs/orderedWorkers.js';
import { drawSigma } from './flow.js';
import type { GeneratorConfig } from './generatorConfig.js';
import type { NoisePool } from './noisePool.js';
import { toPlanes } from './planes.js';
import type { PromptTokenizer } from './tokenizer.js';

/** A picture and what it is called: image [S, S, 3], 0 to 255. */
export interface CaptionedImage {
  image: Uint8Array;
  caption: string;
}

/** Captioned images without end: each a function of the stream it is drawn from. */
export interface CaptionedImages {
  (rng: Rng): CaptionedImage;
  /** how a worker thread opens the same images; without it, batches are prepared in the training thread */
  opener?: Opener;
}

/** How the generator is trained. */
export interface GeneratorTraining {
  batch: number;
  steps: number;
  /** learning rate of AdamW and of Muon after warm-up */
  lr: number;
  muonLr: number;
  warmupSteps: number;
  /** fraction of the steps after which the rate falls linearly to `finalFraction` of itself */
  decayFrom: number;
  finalFraction: number;
  weightDecay: number;
  clipNorm: number;
  emaLimit: number;
  /** fraction of captions replaced by the empty prompt, for classifier-free guidance */
  captionDrop: number;
  seed: number;
}

/** What worked on two cores: Muon on the blocks, AdamW 2e-3 elsewhere, decay from 60 %, 10 % of the captions dropped. */
export function generatorTraining({
  batch = 64,
  steps = 7000,
  lr = 2e-3,
  muonLr = 4e-3,
  warmupSteps = 100,
  decayFrom = 0.6,
  finalFraction = 0.02,
  weightDecay = 0,
  clipNorm = 1,
  emaLimit = 0.999,
  captionDrop = 0.1,
  seed = 0,
}: Partial<GeneratorTraining> = {}): GeneratorTraining {
  return {
    batch,
    steps,
    lr,
    muonLr,
    warmupSteps,
    decayFrom,
    finalFraction,
    weightDecay,
    clipNorm,
    emaLimit,
    captionDrop,
    seed,
  };
}

/** The factor on both learning rates at a step: linear warm-up, flat, linear decay. */
export function rateFactor(step: number, training: GeneratorTraining): number {
  const { steps, warmupSteps, decayFrom, finalFraction } = training;
  const warm = Math.min(1, (step + 1) / Math.max(1, warmupSteps));
  const late = Math.max(0, (step / steps - decayFrom) / (1 - decayFrom));
  return warm * (1 - (1 - finalFraction) * Math.min(1, late));
}

/** Counts what the tokenizer could not take in. */
export interface CaptionCounts {
  captions: number;
  truncated: number;
  withUnknown: number;
}

/** The inputs of a training step, and what became of its captions. */
export interface GeneratorBatch {
  inputs: HostTensors;
  counts: CaptionCounts;
}

/**
 * The batch of training step `step`: a function of (seed, step) alone, so that a resumed run sees the same batches.
 * @param spare a batch of the same run that is no longer needed: its arrays are written over
 */
export function generatorBatch(
  step: number,
  {
    config,
    training,
    images,
    tokenizer,
    noise,
    spare,
  }: {
    config: GeneratorConfig;
    training: GeneratorTraining;
    images: CaptionedImages;
    tokenizer: PromptTokenizer;
    noise: NoisePool;
    spare?: GeneratorBatch;
  },
): GeneratorBatch {
  const { batch, seed } = training;
  const { imageSize, maxTokens } = config;
  const area = imageSize * imageSize;
  const data = spare?.inputs ?? emptyData(batch, config);
  const pixels = data.images.data as Float32Array;
  const noisePixels = data.noise.data as Float32Array;
  const counts = { captions: batch, truncated: 0, withUnknown: 0 };
  for (let i = 0; i < batch; i++) {
    const stream = rng(seed, 'example', step, i);
    const { image, caption } = images(stream.child('scene'));
    toPlanes(image, pixels.subarray(i * 3 * area, (i + 1) * 3 * area));
    noise.fill(noisePixels.subarray(i * 3 * area, (i + 1) * 3 * area), stream.child('noise'));
    data.sigma.data[i] = drawSigma(stream.child('sigma'));
    const prompt = tokenizer.encode(stream.child('drop').bernoulli(training.captionDrop) ? '' : caption);
    data.ids.data.set(prompt.ids, i * maxTokens);
    if (prompt.truncated > 0) counts.truncated++;
    if (prompt.unknown > 0) counts.withUnknown++;
  }
  const factor = rateFactor(step, training);
  const { correction1, correction2 } = adamwCorrections(step + 1);
  const inputs = {
    ...data,
    lr: scalar(training.lr * factor),
    muonLr: scalar(training.muonLr * factor),
    weightDecay: scalar(training.weightDecay),
    correction1: scalar(correction1),
    correction2: scalar(correction2),
    emaDecay: scalar(emaDecay(step, { limit: training.emaLimit })),
  };
  return { inputs, counts };
}

/** The parts of a batch that differ from image to image, still to be written. */
function emptyData(batch: number, { imageSize, maxTokens }: GeneratorConfig): HostTensors {
  return {
    images: zeros([batch, 3, imageSize, imageSize]),
    noise: zeros([batch, 3, imageSize, imageSize]),
    sigma: zeros([batch]),
    ids: hostTensor(new Int32Array(batch * maxTokens), [batch, maxTokens]),
  };
}
