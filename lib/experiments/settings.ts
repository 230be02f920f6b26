import { stableRepCrops, synclrCrops } from '../pictures/recipes.js';
import { type EncoderConfig, laptopClip, laptopStableRep, laptopSynclr } from '../synclr/config.js';
import { type VitConfig, vitConfigs } from '../synclr/vit.js';
import type { RealImages } from '../tiers/world/realSource.js';
import type { Tier } from '../tiers/world/settings.js';
import type { GeneratedImages, ScoringConfig } from './spec.js';

/** Everything that decides how large the experiments of a tier are. */
export interface ExperimentSettings {
  readonly tier: Tier;
  /** the image set that all experiments start from */
  readonly base: GeneratedImages;
  /** training steps of every run; a tenth of them are warmup */
  readonly trainingSteps: number;
  /** accuracy against the length of training: the lengths, the shortest first; `trainingSteps` is one of them */
  readonly lengths: readonly number[];
  /** Table 3 and StableRep's guidance curve */
  readonly guidances: readonly number[];
  /** Figures 6 and 7: numbers of captions, nearly in the proportions of the paper's 1, 3, 10, 40 and 150 million */
  readonly captionCounts: readonly number[];
  /** pictures of a caption, of equally many pictures in all */
  readonly positives: readonly number[];
  /** what learns from data instead of from models sees: see `RealImages` */
  readonly trueScenes: RealImages['real'];
  /** the smaller and the larger encoder, in the places of ViT-B and ViT-L; but for Figures 6 and 7 all take B, as in the paper */
  readonly models: { readonly B: VitConfig; readonly L: VitConfig };
  readonly scoring: ScoringConfig;
}

/** In the places of Table 6's nine. Frozen here: records say by which tasks they were judged. */
const NINE_TASKS = [
  'aircraft and boats',
  'vehicles',
  'styles',
  'plants',
  'mammals',
  'places',
  'things',
  'dishes',
  'many objects',
];

const laptop: ExperimentSettings = {
  tier: 'laptop',
  base: {
    captions: 'synthesised',
    count: 2000,
    imagesPerCaption: 4,
    guidance: 2.5,
    steps: 6,
    concepts: 200,
    seed: 0,
  },
  trainingSteps: 1800,
  lengths: [200, 600, 1800, 5400],
  guidances: [1, 1.5, 2, 2.5, 3, 4, 6, 8],
  captionCounts: [60, 200, 600, 2000, 10_000],
  positives: [1, 2, 4, 8],
  trueScenes: 'generator',
  models: { B: { ...vitConfigs.tiny, width: 128, depth: 4, heads: 2 }, L: vitConfigs.tiny },
  scoring: {
    concepts: 200,
    size: 64,
    probe: { train: 2000, validation: 400, test: 10_000, unseen: 5000, lambdas: 5 },
    unnamed: { concepts: 200, train: 2440, validation: 488, test: 5000, lambdas: 5 },
    tasks: { names: NINE_TASKS, train: 500, validation: 200, test: 1000, lambdas: 5 },
    segmentation: { train: 400, test: 600, steps: 100 },
    seed: 0,
  },
};

const smoke: ExperimentSettings = {
  tier: 'smoke',
  base: { captions: 'synthesised', count: 16, imagesPerCaption: 4, guidance: 2.5, steps: 4, concepts: 8, seed: 0 },
  trainingSteps: 4,
  lengths: [2, 4],
  guidances: [1, 2.5],
  captionCounts: [8, 16],
  positives: [1, 4],
  trueScenes: 'generator',
  models: {
    B: { ...vitConfigs.tiny, image: 32, width: 32, depth: 1, heads: 2 },
    L: { ...vitConfigs.tiny, image: 32, width: 48, depth: 2, heads: 2 },
  },
  scoring: {
    concepts: 8,
    size: 32,
    probe: { train: 64, validation: 16, test: 64, unseen: 64, lambdas: 2 },
    unnamed: { concepts: 436, train: 64, validation: 16, test: 64, lambdas: 2 },
    tasks: { names: ['vehicles', 'mammals'], train: 60, validation: 30, test: 30, lambdas: 2 },
    segmentation: { train: 16, test: 16, steps: 2 },
    seed: 0,
  },
};

export const experimentSettings = (tier: Tier): ExperimentSettings => ({ smoke, laptop })[tier];

/**
 * The first records of the laptop tier, 600 steps: just before SynCLR overtakes StableRep. Judged on fewer images, on tasks
 * with unseen drawings near chance; and whoever learned from data had seen the drawings of the tests. A table stands at
 * these where its longer runs are not whole (`judgeTier`).
 */
export const shortLaptop: ExperimentSettings = {
  ...laptop,
  trainingSteps: 600,
  trueScenes: 'train',
  scoring: {
    concepts: 200,
    size: 64,
    probe: { train: 2000, validation: 400, test: 2000, unseen: 2000, lambdas: 5 },
    tasks: { names: NINE_TASKS, share: 0.25, lambdas: 5 },
    segmentation: { train: 400, test: 300, steps: 100 },
    seed: 0,
  },
};

/** As many true scenes as the base set has pictures; others than those that encoders are judged on. */
export function realImages({ base, scoring, trueScenes }: ExperimentSettings): RealImages {
  const { count, imagesPerCaption, concepts, seed } = base;
  return { real: trueScenes, count: count * imagesPerCaption, concepts, size: scoring.size, seed: seed + 1 };
}

/** The trainers that the experiments compare: the laptop's, each for as many steps and, but for SynCLR, as many crops. */
export interface Trainers {
  readonly stablerep: EncoderConfig;
  readonly synclr: EncoderConfig;
  /** two crops of an image are each other's only positive: half as many images, from as many captions */
  readonly simclr: EncoderConfig;
  /** the concepts are the classes */
  readonly supervised: EncoderConfig;
  readonly clip: EncoderConfig;
}

export function trainersOf({ tier, trainingSteps: steps, models, base }: ExperimentSettings): Trainers {
  const sized = { smoke: smaller, laptop: (config: EncoderConfig) => config }[tier];
  const lasting = (config: EncoderConfig): EncoderConfig => {
    const warmup = Math.ceil(steps / 10);
    const { ibot } = config;
    return sized({
      ...config,
      model: models.B,
      steps,
      warmup,
      ibot: ibot && { ...ibot, teacherTemperature: { ...ibot.teacherTemperature, warmup } },
    });
  };
  const stablerep = lasting(laptopStableRep);
  const { captions, imagesPerCaption } = stablerep;
  return {
    stablerep,
    synclr: lasting(laptopSynclr),
    simclr: { ...stablerep, objective: 'simclr', captions: (captions * imagesPerCaption) / 2, imagesPerCaption: 1 },
    supervised: { ...stablerep, objective: 'supervised', classes: base.concepts },
    clip: lasting(laptopClip),
  };
}

/** A batch of 16 images of 32 px, and heads to match. Concepts may meet in a batch: there are only eight. */
function smaller(config: EncoderConfig): EncoderConfig {
  const { objective, ibot, clip, imagesPerCaption } = config;
  const crops = { size: 32, downsample: 0 };
  return {
    ...config,
    captions: 16 / imagesPerCaption,
    distinctClasses: false,
    head: { ...config.head, hidden: 64, output: 32 },
    crops: objective === 'synclr' ? synclrCrops({ ...crops, localSize: 16 }) : stableRepCrops(crops),
    ibot: ibot && { ...ibot, head: { hidden: 64, bottleneck: 32, prototypes: 64 } },
    ...(clip && { clip: { text: { ...clip.text, width: 32, depth: 1, heads: 2 }, output: 32 } }),
  };
}
