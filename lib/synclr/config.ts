import { type CropRecipe, clipCrops, type MultiCrop, stableRepCrops, synclrCrops } from '../pictures/recipes.js';
import type { MethodKey } from '../runs/methods.js';
import { type ContrastiveHead, type PrototypeHead, paperHead, paperPrototypeHead } from './heads.js';
import type { OwnImage } from './losses/synclr.js';
import type { MaskAssignment, MaskShape } from './masking.js';
import { type TextConfig, textConfigs } from './textTower.js';
import { type VitConfig, vitConfigs } from './vit.js';

/**
 * What is learned. `synclr`: EMA teacher, global and local crops, optional iBOT (spec §4.3–4.6).
 * `stablerep`: one crop an image, all images of a caption as positives, no teacher (spec §6). `simclr`: two crops an image,
 * which are each other's only positive. `supervised`: a linear classifier on the class token (both: Table 5). `clip`: images
 * against the words of their captions (Table 10). `stablerep-plus`: StableRep's loss and CLIP's (spec §6).
 * `vicreg`: two crops an image, alike without negatives (arXiv 2105.04906).
 */
export type EncoderObjective = MethodKey;

/** A loss that compares the student's prototypes with the teacher's. */
export interface PrototypeConfig {
  head: PrototypeHead;
  /** its weight in the sum, w_i of spec §4.5 for iBOT */
  weight: number;
  studentTemperature: number;
  /** from, to, and the number of steps between them */
  teacherTemperature: { from: number; to: number; warmup: number };
  /** How the teacher's logits become targets: Sinkhorn–Knopp (the paper, and by default) or DINO's centring. */
  targets?: 'sinkhorn' | 'centering';
  /** Sinkhorn–Knopp iterations */
  iterations: number;
}

/** The masked-patch loss of spec §4.4. */
export interface IbotConfig extends PrototypeConfig {
  /** share of the global crops that are masked, and of the patches in each of them */
  maskedImages: number;
  maskedPatches: number;
  /** `random` by default, as in the paper */
  shape?: MaskShape;
  /** `perCaption` by default, as in the published code's example; the paper has `random` */
  assignment?: MaskAssignment;
}

/** What `clip` and `stablerep-plus` have beside the backbone. */
export interface ClipConfig {
  text: TextConfig;
  /** width of the space that images and texts share */
  output: number;
}

/** A training run, as plain data: it is stored in every checkpoint, and a run goes on only with an equal one. */
export interface EncoderConfig {
  objective: EncoderObjective;
  /** number of classes (`supervised` only) */
  classes?: number;
  model: VitConfig;
  head: ContrastiveHead;
  /** captions in a batch, and images of each */
  captions: number;
  imagesPerCaption: number;
  /**
   * No two captions of a batch are about the same concept (needs `ImageSource.classOf`). Off in the paper, whose 15 000
   * concepts seldom meet in a batch; among 100, a third of a batch would else be pushed away from its own kind.
   */
  distinctClasses?: boolean;
  /**
   * All captions of a batch name the same background (needs `ImageSource.backgroundOf`), which then tells none of them
   * apart. Not in the paper, whose batches hold thousands of captions: many share a place there without being asked to.
   */
  sameBackground?: boolean;
  steps: number;
  warmup: number;
  peakLearningRate: number;
  /** cosine from the first to the second over the run; on matrices only */
  weightDecay: readonly [number, number];
  betas: readonly [number, number];
  /** The paper's AdamW, or Muon on the matrices of the blocks (`muonAdamwUpdate`), which learns more from as many steps. */
  optimiser: 'adamw' | 'muon';
  /** τ of the contrastive loss */
  temperature: number;
  /** w_c of spec §4.5 */
  contrastWeight: number;
  /** `global` by default, as in the published code (`synclr` only) */
  excludeOwn?: OwnImage;
  crops: MultiCrop;
  normalisation: 'clip' | 'imagenet';
  /** λ at the first step (`synclr` only) */
  teacherMomentum: number;
  /** λ after the last step; 1 by default, as in the paper */
  teacherMomentumEnd?: number;
  ibot: IbotConfig | null;
  /** DINO's loss on whole images, with a head of its own: in the published code, with weight 0 (`synclr` only) */
  dino?: PrototypeConfig;
  /** the text tower (`clip` and `stablerep-plus` only) */
  clip?: ClipConfig;
  /** see `vit`: smaller groups stay in the processor's cache; 0, and on any other device than `onnx`: all images at once */
  tokensPerGroup: number;
  /**
   * Images encoded at a time, where a batch does not fit in memory; the losses are over all (`compileTraining`). It must
   * divide the images of a batch, and those of them that are masked. The gradients are the same up to rounding.
   */
  chunk?: number;
}

/** spec §4.4: iBOT with the paper's numbers. `paperSynclr` also has the paper's assignment of masks; a tier's runs, the code's. */
export const paperIbot: IbotConfig = {
  head: paperPrototypeHead,
  weight: 1,
  maskedImages: 0.5,
  maskedPatches: 0.5,
  studentTemperature: 0.1,
  teacherTemperature: { from: 0.04, to: 0.07, warmup: 4000 },
  iterations: 3,
};

/**
 * Images encoded at a time in the paper's batches, whose activations fit in no memory whole: a ViT-B/16 takes about 0.4 GB
 * an image to train in 32 bits (measured with 8, on a CPU), so these take about 25 GB. It divides all three batches.
 */
const PAPER_CHUNK = 64;

/**
 * The final runs of the paper (Table 12; spec §4.8): 8192 captions × 4 images, 500k steps. The ablations of paper §4.1 use 2048
 * captions and 85k steps; their learning rate and warmup are not stated.
 */
export const paperSynclr: EncoderConfig = {
  objective: 'synclr',
  model: vitConfigs['B/16'],
  head: paperHead,
  captions: 8192,
  imagesPerCaption: 4,
  steps: 500_000,
  warmup: 80_000,
  peakLearningRate: 2e-3,
  weightDecay: [0.04, 0.2],
  betas: [0.9, 0.999],
  optimiser: 'adamw',
  temperature: 0.08,
  contrastWeight: 1,
  crops: synclrCrops(),
  normalisation: 'clip',
  teacherMomentum: 0.994,
  ibot: { ...paperIbot, assignment: 'random' },
  tokensPerGroup: 0,
  chunk: PAPER_CHUNK,
};

/** StableRep on CC12M (spec §6): 1376 captions × 6 images, 15 epochs over 10M captions, wd 0.1, β₂ 0.98, lr 3.2e-3. */
export const paperStableRep: EncoderConfig = {
  ...paperSynclr,
  objective: 'stablerep',
  head: { ...paperHead, finalNorm: false },
  captions: 1376,
  imagesPerCaption: 6,
  steps: 109_000,
  warmup: 3_600,
  peakLearningRate: 3.2e-3,
  weightDecay: [0.1, 0.1],
  betas: [0.9, 0.98],
  temperature: 0.1,
  crops: stableRepCrops(),
  normalisation: 'imagenet',
  ibot: null,
};

/**
 * CLIP on the same pairs (Table 10; spec §5.6): one of the four images of a caption at random, 32 768 captions a batch, 32 epochs
 * over 150M captions. All else is not stated there, and is CLIP's own (arXiv 2103.00020, Tables 18 and 19: ViT-B/16); of its
 * augmentation, a random square of the image, OpenCLIP's form is taken. For several images of a caption in a batch, all of
 * them its positives, raise `imagesPerCaption`.
 */
export const paperClip: EncoderConfig = {
  ...paperSynclr,
  objective: 'clip',
  model: { ...vitConfigs['B/16'], dropPath: 0 },
  clip: { text: textConfigs.paper, output: 512 },
  captions: 32_768,
  imagesPerCaption: 1,
  steps: 146_500,
  warmup: 2_000,
  peakLearningRate: 5e-4,
  weightDecay: [0.2, 0.2],
  betas: [0.9, 0.98],
  crops: clipCrops(),
  ibot: null,
};

/** StableRep+ (spec §6): `paperStableRep` and a text tower. */
export const paperStableRepPlus: EncoderConfig = {
  ...paperStableRep,
  objective: 'stablerep-plus',
  clip: { text: textConfigs.paper, output: 512 },
};

/** Heads in the proportion of a 192-wide backbone; MoCo v3's 4096 would cost more than the backbone itself. */
const laptopHead: ContrastiveHead = { norm: 'bn', hidden: 512, output: 128, finalNorm: true };

/**
 * What a laptop's runs do otherwise than the paper, and why. The paper's augmentations are made for photographs: they
 * disturb colour much and cut out crops of 8 %. In 64 pixels, where colour is half of what tells an apple from a pear, and
 * where positives differ anyhow since each is another drawing, that leaves little to learn from in hours. A hint, not a
 * controlled comparison (both AdamW, patches of 16 px): StableRep with the paper's augmentation read 3.8 % of the real
 * images after 1 100 steps, with this one 5.9 % after 1 500; `laptopStableRep` as it stands reads 13.6 % after 2 400.
 */
const milder = (recipe: CropRecipe): CropRecipe => ({
  ...recipe,
  jitter: { probability: 0.8, brightness: 0.2, contrast: 0.2, saturation: 0.2, hue: 0 },
  grayscale: 0,
  solarize: 0,
  blur: { ...recipe.blur, probability: 0.2 },
});

/**
 * Shared by the laptop's encoders; differences from the paper, each for its size: batch 128 (the paper's 8192 captions need
 * a cluster) whose captions are about different concepts, four images a caption, Muon on the blocks and lr 2e-3 (as the
 * generator is trained; neither tuned), a tenth of the steps as warmup, and no downsample augmentation (the images are that
 * small already).
 */
const laptop = {
  model: vitConfigs.tiny,
  captions: 32,
  imagesPerCaption: 4,
  distinctClasses: true,
  steps: 2400,
  warmup: 240,
  optimiser: 'muon',
  peakLearningRate: 2e-3,
  normalisation: 'clip',
  tokensPerGroup: 2080,
  chunk: undefined, // fits in memory whole
} as const satisfies Partial<EncoderConfig>;

/** StableRep on a laptop: one crop of at least 35 % of an image. */
export const laptopStableRep: EncoderConfig = {
  ...paperStableRep,
  ...laptop,
  head: { ...laptopHead, finalNorm: false },
  crops: cropsBy((recipe) => ({ ...milder(recipe), area: [0.35, 1] }), stableRepCrops({ size: 64, downsample: 0 })),
};

/**
 * SynCLR on a laptop: local crops of 24 px (3 × 3 patches; 96 of 224 would be 27), K = 1024 prototypes, since a batch has
 * 2048 masked tokens to share among them, the teacher's temperature warmed up over a tenth of the run, and λ = 0.98
 * throughout. A rising λ freezes the teacher when Σ (1 − λ) over the steps left falls below 1: the paper's after 93 % of
 * its 500 000 steps, one that rises from 0.98 after half of 600, where it costs 8 points (`experiment teacher-momentum`).
 */
export const laptopSynclr: EncoderConfig = {
  ...paperSynclr,
  ...laptop,
  head: laptopHead,
  crops: cropsBy(milder, synclrCrops({ size: 64, localSize: 24, downsample: 0 })),
  teacherMomentum: 0.98,
  teacherMomentumEnd: 0.98,
  ibot: {
    ...paperIbot,
    head: { hidden: 512, bottleneck: 128, prototypes: 1024 },
    teacherTemperature: { from: 0.04, to: 0.07, warmup: laptop.warmup },
  },
};

/**
 * CLIP on a laptop: 128 captions with one image each, as many images as the others' batches; crops and augmentation of
 * `laptopStableRep`, so that the objectives differ in the objective.
 */
export const laptopClip: EncoderConfig = {
  ...paperClip,
  ...laptop,
  clip: { text: textConfigs.tiny, output: 128 },
  captions: 128,
  imagesPerCaption: 1,
  distinctClasses: false,
  crops: laptopStableRep.crops,
};

/**
 * SimCLR on a laptop: two crops of an image are each other's only positive; a batch holds 64 images, whatever they show, so
 * that as many crops are encoded as by the others.
 */
export const laptopSimclr: EncoderConfig = {
  ...laptopStableRep,
  objective: 'simclr',
  captions: 64,
  imagesPerCaption: 1,
  distinctClasses: false,
};

/** VICReg on a laptop: as SimCLR, whose crops it also compares in pairs; its own weights of the three terms, untuned. */
const laptopVicreg: EncoderConfig = { ...laptopSimclr, objective: 'vicreg' };

/** A classifier of the laptop's 200 concepts, with as many images a batch as the others; each is a caption of its own. */
export const laptopSupervised: EncoderConfig = {
  ...laptopStableRep,
  objective: 'supervised',
  classes: 200,
  captions: 128,
  imagesPerCaption: 1,
  distinctClasses: false,
};

/** StableRep+ on a laptop. */
export const laptopStableRepPlus: EncoderConfig = {
  ...laptopStableRep,
  objective: 'stablerep-plus',
  clip: laptopClip.clip,
};

function cropsBy(change: (recipe: CropRecipe) => CropRecipe, crops: MultiCrop): MultiCrop {
  return { ...crops, globals: crops.globals.map(change), local: change(crops.local) };
}

/** What a run starts from, by tier and objective. */
export const encoderPresets: Readonly<Record<'laptop' | 'paper', Partial<Record<EncoderObjective, EncoderConfig>>>> = {
  laptop: {
    synclr: laptopSynclr,
    stablerep: laptopStableRep,
    'stablerep-plus': laptopStableRepPlus,
    clip: laptopClip,
    simclr: laptopSimclr,
    supervised: laptopSupervised,
    vicreg: laptopVicreg,
  },
  paper: { synclr: paperSynclr, stablerep: paperStableRep, 'stablerep-plus': paperStableRepPlus, clip: paperClip },
};
