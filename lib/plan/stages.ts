import type { EncoderConfig } from '../synclr/config.js';
import { stepOperations } from '../synclr/operations.js';
import { ASSUMPTIONS, secondsOfCaption, secondsOfPicture } from './assumptions.js';
import { bytesOfCheckpoint, bytesOfTraining } from './encoderMemory.js';
import type { Gpu } from './gpus.js';
import { meanWithPreemptions, type ShardOutcome, simulateShards } from './simulateShards.js';

/** What is planned: the sizes of the stages, the GPUs, and what goes wrong. */
export interface PlanOptions {
  readonly gpu: Gpu;
  readonly gpus: number;
  readonly encoder: EncoderConfig;
  readonly captions: number;
  readonly imagesPerCaption: number;
  /** side of a picture in pixels, as it is stored */
  readonly side: number;
  readonly shardCaptions: number;
  readonly promptTokens: number;
  readonly captionTokens: number;
  readonly slow: { readonly share: number; readonly factor: number };
  /** mean seconds between two preemptions of a GPU's job, and until it goes on */
  readonly preemptedEvery: number;
  readonly restart: number;
  readonly checkpointEvery: number;
  readonly gpusOfNode: number;
  readonly seed: number;
}

export interface StagePlan {
  readonly items: number;
  /** of all GPUs together, in items: captions, pictures, pictures trained on */
  readonly perSecond: number;
  /** with nothing going wrong */
  readonly seconds: number;
  /** bytes on each GPU; of captions and pictures, what is not said in `memoryIs` is left out */
  readonly memory: number;
  readonly memoryIs: string;
  readonly stored: number;
}

const LLAMA = { parameters: 6.74e9, cacheToken: 2 * 32 * 4096 * 2 };
const STABLE_DIFFUSION = { parameters: 1.07e9 };

/** Stage 1: Llama-2 7B in 16 bits, as many captions at once as the published rate had. */
export function planCaptions({ gpu, gpus, captions, promptTokens, captionTokens }: PlanOptions): StagePlan {
  const perSecond = gpus / secondsOfCaption(gpu, { promptTokens, captionTokens });
  const cache = ASSUMPTIONS.sequences.value * (promptTokens + captionTokens) * LLAMA.cacheToken;
  return {
    items: captions,
    perSecond,
    seconds: captions / perSecond,
    memory: 2 * LLAMA.parameters + cache,
    memoryIs: 'weights in 16 bits, keys and values',
    stored: captions * ASSUMPTIONS.captionBytes.value,
  };
}

/** Stage 2: Stable Diffusion 1.5, and the same with stragglers and preemptions, in one part a GPU and in eight. */
export function planImages(options: PlanOptions): StagePlan & { played: Record<'one' | 'eight', ShardOutcome> } {
  const { gpu, gpus, captions, imagesPerCaption, side, shardCaptions, slow, preemptedEvery, restart, seed } = options;
  const items = captions * imagesPerCaption;
  const perSecond = gpus / secondsOfPicture(gpu);
  const shards = Math.ceil(captions / shardCaptions);
  const play = (parts: number) =>
    simulateShards({
      shards,
      parts,
      workers: gpus,
      shardSeconds: shardCaptions * imagesPerCaption * secondsOfPicture(gpu),
      slow,
      preemptedEvery,
      restart,
      seed,
    });
  return {
    items,
    perSecond,
    seconds: items / perSecond,
    memory: 2 * STABLE_DIFFUSION.parameters,
    memoryIs: 'weights in 16 bits; what a batch takes is left out',
    stored: items * side ** 2 * ASSUMPTIONS.pictureBytes.value,
    played: { one: play(gpus), eight: play(8 * gpus) },
  };
}

export interface EncoderPlan extends StagePlan {
  readonly stepSeconds: number;
  /** when any node's loss ends all, and training goes on from its last checkpoint */
  readonly withPreemptions: number;
  /** processor cores that make crops as fast as one GPU takes them */
  readonly coresOfGpu: number;
  /** the least number of these GPUs that share a batch evenly and hold it in 0.9 of their memory; undefined: none does */
  readonly leastGpus?: number;
}

/** Stage 3. */
export function planEncoder(options: PlanOptions): EncoderPlan {
  const { gpu, gpus, encoder, preemptedEvery, restart, checkpointEvery, gpusOfNode } = options;
  const { captions, imagesPerCaption, steps, crops, model } = encoder;
  const images = captions * imagesPerCaption;
  const stepSeconds = stepOperations(encoder) / (gpus * gpu.operations * ASSUMPTIONS.utilisation.value);
  const perSecond = images / stepSeconds;
  const every = preemptedEvery / Math.ceil(gpus / gpusOfNode);
  const stretch = meanWithPreemptions(checkpointEvery * stepSeconds, { every, restart });
  const pixels = model.image ** 2 + crops.locals * crops.local.size ** 2;
  return {
    items: steps * images,
    perSecond,
    seconds: steps * stepSeconds,
    memory: bytesOfTraining(encoder, gpus),
    memoryIs: 'state, and activations in 32 bits',
    stored: bytesOfCheckpoint(encoder),
    stepSeconds,
    withPreemptions: (steps / checkpointEvery) * stretch,
    coresOfGpu: (perSecond / gpus) * (pixels / ASSUMPTIONS.cropRate.value),
    leastGpus: leastGpus(encoder, gpu),
  };
}

/** Whether a batch comes out even, and fits: some memory is always taken by what is not in the sum. */
export const fitsOn = (encoder: EncoderConfig, gpu: Gpu, gpus: number): boolean =>
  (encoder.captions * encoder.imagesPerCaption) % gpus === 0 && bytesOfTraining(encoder, gpus) <= 0.9 * gpu.memory;

function leastGpus(encoder: EncoderConfig, gpu: Gpu): number | undefined {
  const images = encoder.captions * encoder.imagesPerCaption;
  return Array.from({ length: images }, (_, i) => i + 1).find((gpus) => fitsOn(encoder, gpu, gpus));
}
