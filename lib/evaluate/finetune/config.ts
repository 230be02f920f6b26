import { InputError } from '../../errors.js';
import { normalisations } from '../../pictures/normalise.js';
import type { MixSettings } from './mix.js';
import { paperRandAugment, type RandAugmentSettings } from './randAugment.js';
import type { TuningOptimiser } from './tuningStep.js';

/** A fine-tuning for classification, as plain data. */
export interface FinetuneConfig {
  epochs: number;
  warmupEpochs: number;
  /** pictures in a batch; the last, incomplete batch of an epoch is left out */
  batch: number;
  /** at its highest: base · batch / 256 */
  baseLearningRate: number;
  leastLearningRate: number;
  optimiser: TuningOptimiser;
  /** stochastic depth of the last block */
  dropPath: number;
  /** random resized crops: bounds of the share of the area */
  area: readonly [number, number];
  flip: number;
  randAugment: RandAugmentSettings | null;
  /** probability of random erasing */
  erasing: number;
  mix: MixSettings;
  labelSmoothing: number;
  /** The moving average of the weights; `warm`: its memory grows with the run, see `emaDecay`. null: none. */
  ema: { decay: number; warm: boolean } | null;
  /** side of a test picture's middle over the side it is resized to */
  testCropRatio: number;
  normalisation: keyof typeof normalisations;
  /** deviation of the head's first weights */
  headStd: number;
  /** judged on the test set after every so many epochs, and after the last */
  evaluateEvery: number;
}

/** Table 14, ViT-B/16; what the table lacks is from the published code (spec §5.3). */
export const paperFinetuneB: FinetuneConfig = {
  epochs: 100,
  warmupEpochs: 20,
  batch: 1024,
  baseLearningRate: 5e-5,
  leastLearningRate: 1e-6,
  optimiser: { betas: [0.9, 0.999], weightDecay: 0.05, layerDecay: 0.65 },
  dropPath: 0.1,
  area: [0.08, 1],
  flip: 0.5,
  randAugment: paperRandAugment,
  erasing: 0.25,
  mix: { mixup: 0.8, cutmix: 1, probability: 1, switchProbability: 0.5 },
  labelSmoothing: 0.1,
  ema: { decay: 0.9999, warm: false },
  testCropRatio: 0.95,
  normalisation: 'clip',
  headStd: 2e-5,
  evaluateEvery: 1,
};

/** Table 14, ViT-L/14. */
export const paperFinetuneL: FinetuneConfig = {
  ...paperFinetuneB,
  epochs: 50,
  warmupEpochs: 5,
  optimiser: { ...paperFinetuneB.optimiser, layerDecay: 0.8 },
  dropPath: 0.3,
  labelSmoothing: 0.2,
  testCropRatio: 1,
};

/**
 * The same on a laptop, for some thousand pictures of 64 px in minutes. What differs, and why: 15 epochs of thousands of
 * pictures instead of 100 of a million, so a peak rate five times as high, a shorter warm-up and a moving average whose
 * memory grows with the run (0.9999 remembers 10 000 steps: more than there are); batches of 64; and crops of at least 35 %,
 * since in 64 px less shows nothing. None of it is tuned.
 */
export const laptopFinetune: FinetuneConfig = {
  ...paperFinetuneB,
  epochs: 15,
  warmupEpochs: 2,
  batch: 64,
  baseLearningRate: 4e-3,
  area: [0.35, 1],
  ema: { decay: 0.998, warm: true },
  evaluateEvery: 5,
};

/** Refuses a config that cannot be run. */
export function checkFinetuneConfig(config: FinetuneConfig, { train, classes }: { train: number; classes: number }) {
  const { epochs, batch, testCropRatio, normalisation, evaluateEvery } = config;
  const whole = (value: number) => Number.isInteger(value) && value > 0;
  const problems = [
    ...(whole(epochs) ? [] : [`${epochs} epochs`]),
    ...(whole(evaluateEvery) ? [] : [`evaluateEvery ${evaluateEvery}`]),
    ...(whole(batch) && batch <= train ? [] : [`batches of ${batch} of ${train} pictures`]),
    ...(classes > 1 ? [] : [`${classes} classes`]),
    ...(testCropRatio > 0 && testCropRatio <= 1 ? [] : [`a test crop ratio of ${testCropRatio}`]),
    ...(Object.hasOwn(normalisations, normalisation) ? [] : [`normalisation ${normalisation}`]),
  ];
  if (problems.length === 0) return;
  throw new InputError({
    where: 'FinetuneConfig',
    expected: 'whole batches of two classes or more',
    found: problems.join('; '),
    fix: 'start from laptopFinetune, paperFinetuneB or paperFinetuneL',
  });
}
