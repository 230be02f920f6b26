import { InputError } from '../../errors.js';
import { normalisations } from '../../pictures/normalise.js';
import type { VitConfig } from '../../synclr/vit.js';
import type { TuningOptimiser } from '../finetune/tuningStep.js';
import type { UperHead } from './uperNet.js';

/** UperNet on features of four depths. */
export interface UperNetConfig extends UperHead {
  name: 'upernet';
  /** features after these blocks, counted from 1 */
  blocks: readonly [number, number, number, number];
  /** an FCN head on the level of the ViT's own grid, whose loss has this weight; null: none */
  auxiliary: { channels: number; weight: number } | null;
  /** rate at which whole channels are dropped before the classifiers */
  dropout: number;
  /** gains on the branches of the blocks, 1 at first (in the published code) */
  layerScale: boolean;
}

/** A linear classifier of the patch tokens after the last norm, its logits enlarged bilinearly. */
export interface LinearConfig {
  name: 'linear';
}

/** How training pictures are disturbed (spec §5.4, mmsegmentation's usual pipeline). */
export interface SegmentationAugmentation {
  /** bounds of the factor on the size of the picture */
  scale: readonly [number, number];
  /** crops are drawn again, up to ten times, while one class fills more than this share */
  largestShare: number;
  flip: number;
  photometric: boolean;
}

/** A training of a segmentation head, with or without the encoder below it, as plain data. */
export interface SegmentationConfig {
  head: LinearConfig | UperNetConfig;
  /** leaves the encoder as it is */
  frozen: boolean;
  steps: number;
  warmup: number;
  batch: number;
  peakLearningRate: number;
  /** of the decay (1 − done)^power */
  power: number;
  optimiser: TuningOptimiser;
  /** stochastic depth of the last block */
  dropPath: number;
  /** side of the training crops and of the windows in testing */
  crop: number;
  /** what the shorter side of a picture is resized to, while the longer stays below `longerSide` */
  shorterSide: number;
  longerSide: number;
  /** distance of the windows in testing */
  stride: number;
  augmentation: SegmentationAugmentation;
  normalisation: keyof typeof normalisations;
  /** judged on the test set after every so many steps, and after the last */
  evaluateEvery: number;
}

/** Table 15, ViT-B/16; what the table lacks is from the published code and mmsegmentation's UperNet for MAE (spec §5.4). */
export const paperSegmentationB: SegmentationConfig = {
  head: {
    name: 'upernet',
    blocks: [4, 6, 8, 12],
    channels: 768,
    poolScales: [1, 2, 3, 6],
    auxiliary: { channels: 256, weight: 0.4 },
    dropout: 0.1,
    layerScale: true,
  },
  frozen: false,
  steps: 60_000,
  warmup: 1500,
  batch: 32,
  peakLearningRate: 8e-5,
  power: 1,
  optimiser: { betas: [0.9, 0.999], weightDecay: 0.05, layerDecay: 0.6 },
  dropPath: 0.1,
  crop: 512,
  shorterSide: 512,
  longerSide: 2048,
  stride: 341,
  augmentation: { scale: [0.5, 2], largestShare: 0.75, flip: 0.5, photometric: true },
  normalisation: 'clip',
  evaluateEvery: 4000,
};

/** Table 15, ViT-L/14. */
export const paperSegmentationL: SegmentationConfig = {
  ...paperSegmentationB,
  head: { ...(paperSegmentationB.head as UperNetConfig), blocks: [8, 12, 16, 24], channels: 1024 },
  steps: 160_000,
  batch: 16,
  optimiser: { ...paperSegmentationB.optimiser, layerDecay: 0.8 },
  dropPath: 0.2,
  crop: 518,
  shorterSide: 518,
  longerSide: 2072,
  stride: 345,
};

/** The published configurations differ from Table 15 in these two numbers, for both sizes (spec §4.9). */
export function asPublished(config: SegmentationConfig): SegmentationConfig {
  return { ...config, peakLearningRate: 1e-4, optimiser: { ...config.optimiser, layerDecay: 0.65 } };
}

/**
 * UperNet on the laptop's encoder and scenes of 64 px. What differs, and why: a decoder of 64 channels, since one as wide as
 * the encoder costs ten times the encoder; rates for hundreds of steps instead of tens of thousands; and sizes between 0.75
 * and 1.5, since half of 64 px shows nothing.
 */
export const laptopSegmentation: SegmentationConfig = {
  ...paperSegmentationB,
  head: {
    ...(paperSegmentationB.head as UperNetConfig),
    blocks: [2, 3, 4, 6],
    channels: 64,
    auxiliary: { channels: 64, weight: 0.4 },
  },
  steps: 400,
  warmup: 40,
  batch: 16,
  peakLearningRate: 1e-3,
  optimiser: { ...paperSegmentationB.optimiser, layerDecay: 0.75 },
  crop: 64,
  shorterSide: 64,
  longerSide: 256,
  stride: 43,
  augmentation: { ...paperSegmentationB.augmentation, scale: [0.75, 1.5] },
  evaluateEvery: 200,
};

/** A linear head on the frozen encoder: what the features themselves tell. */
export const laptopLinearSegmentation: SegmentationConfig = {
  ...laptopSegmentation,
  head: { name: 'linear' },
  frozen: true,
  peakLearningRate: 1e-2,
  dropPath: 0,
};

/** The same with so many steps, a tenth of them warmup, on pictures of another side; judged at the end alone. */
export function sizedSegmentation(
  base: SegmentationConfig,
  { size, steps }: { size: number; steps: number },
): SegmentationConfig {
  return {
    ...base,
    steps,
    warmup: Math.ceil(steps / 10),
    crop: size,
    shorterSide: size,
    longerSide: 4 * size,
    stride: Math.round((2 * size) / 3),
    evaluateEvery: steps,
  };
}

/** Refuses a config that cannot be run with this encoder. */
export function checkSegmentationConfig(config: SegmentationConfig, { patch, depth }: VitConfig): void {
  const { head, crop, stride, shorterSide, frozen, dropPath, evaluateEvery } = config;
  const whole = (value: number) => Number.isInteger(value) && value > 0;
  const blocks: readonly number[] = head.name === 'upernet' ? head.blocks : [];
  const problems = [
    ...(['steps', 'batch', 'crop', 'stride', 'shorterSide'] as const)
      .filter((name) => !whole(config[name]))
      .map((name) => `${name} ${config[name]}`),
    ...(crop % patch === 0 ? [] : [`crops of ${crop} px, patches of ${patch}`]),
    ...(stride <= crop ? [] : [`windows of ${crop} px every ${stride}: gaps between them`]),
    ...(shorterSide >= crop ? [] : [`pictures of ${shorterSide} px, smaller than a crop`]),
    ...(whole(evaluateEvery) ? [] : [`evaluateEvery ${evaluateEvery}`]),
    ...(blocks.every((block, i) => whole(block) && block <= depth && (i === 0 || block >= blocks[i - 1]))
      ? []
      : [`features after blocks ${blocks} of ${depth}`]),
    ...(frozen && dropPath > 0 ? ['drop path in a frozen encoder'] : []),
    ...(Object.hasOwn(normalisations, config.normalisation) ? [] : [`normalisation ${config.normalisation}`]),
  ];
  if (problems.length === 0) return;
  throw new InputError({
    where: 'SegmentationConfig',
    expected: 'parts that fit together and the encoder',
    found: problems.join('; '),
    fix: 'start from laptopSegmentation, laptopLinearSegmentation, paperSegmentationB or paperSegmentationL',
  });
}
