import { InputError } from '../../errors.js';

/**
 * One pipeline, three sizes. `smoke` makes everything from scratch in minutes; `laptop` opens what was trained on two
 * cores and is committed in data/; `paper` is the same code with the paper's configurations (paperSynclr, Stable
 * Diffusion 1.5, Llama-2 7B) on a GPU, stage by stage from the command line.
 */
export const TIERS = ['smoke', 'laptop'] as const;
export type Tier = (typeof TIERS)[number];

export interface TierSettings {
  /** the first so many concepts of the world */
  readonly concepts: number;
  /** side of the images in pixels */
  readonly size: number;
  /** images of each caption (paper §3.2: 4) */
  readonly imagesPerCaption: number;
  /** captions that notebook 03 makes images of, live */
  readonly liveCaptions: number;
  /** steps of the encoder that notebook 03 trains, live */
  readonly liveSteps: number;
  /** denoising steps of the sampler */
  readonly samplingSteps: number;
  /** classifier-free guidance (paper §3.2: 2.5 for Stable Diffusion) */
  readonly guidance: number;
  /** real scenes of each split for the linear evaluation */
  readonly probe: { readonly train: number; readonly validation: number; readonly test: number };
}

const SETTINGS: Record<Tier, TierSettings> = {
  smoke: {
    concepts: 8,
    size: 32,
    imagesPerCaption: 4,
    liveCaptions: 32,
    liveSteps: 30,
    samplingSteps: 8,
    guidance: 2.5,
    probe: { train: 160, validation: 80, test: 160 },
  },
  laptop: {
    concepts: 200,
    size: 64,
    imagesPerCaption: 4,
    liveCaptions: 64,
    liveSteps: 40,
    samplingSteps: 10,
    guidance: 2.5,
    probe: { train: 2000, validation: 500, test: 2000 },
  },
};

/** The sizes of a tier. @throws InputError for another name */
export const tierSettings = (tier: Tier): TierSettings => SETTINGS[tierNamed(tier)];

/** A name, as a command or a notebook has it, as a tier. @throws InputError for another name */
export function tierNamed(name: string): Tier {
  const tier = TIERS.find((one) => one === name);
  if (tier) return tier;
  throw new InputError({
    where: 'tier',
    expected: `one of ${TIERS.join(', ')}`,
    found: name,
    fix: 'the paper tier needs GPUs and is run stage by stage: see lib/cli/README.md',
  });
}
