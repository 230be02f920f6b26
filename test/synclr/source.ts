import { stableRepCrops, synclrCrops } from '../../lib/pictures/index.js';
import { rng } from '../../lib/random/rng.js';
import type { EncoderConfig, ImageSource } from '../../lib/synclr/index.js';
import { laptopStableRep, laptopSynclr, vitConfigs } from '../../lib/synclr/index.js';

/** Images of one colour a caption, with noise: what a caption's images share can be learned in a few steps. */
export function colouredSource({ captions = 6, imagesPerCaption = 3, size = 20 } = {}): ImageSource {
  return {
    captions,
    imagesPerCaption,
    size,
    image(caption, k) {
      const colour = rng(5, 'colour', caption).uniforms(3);
      const noise = rng(5, 'noise', caption, k).uniforms(size * size * 3);
      return Uint8Array.from(noise, (u, i) => 60 * u + 195 * colour[i % 3]);
    },
  };
}

const head = { norm: 'ln', hidden: 16, output: 8, finalNorm: true } as const;
const small = {
  model: vitConfigs.toy,
  captions: 3,
  imagesPerCaption: 2,
  distinctClasses: false,
  steps: 4,
  warmup: 1,
  optimiser: 'adamw',
  peakLearningRate: 1e-3,
  tokensPerGroup: 0,
} as const;

/** SynCLR with everything on, in 16 pixels: drop path, two local crops, iBOT. */
export const toySynclr: EncoderConfig = {
  ...laptopSynclr,
  ...small,
  model: { ...vitConfigs.toy, depth: 2, dropPath: 0.2 },
  head,
  crops: synclrCrops({ size: 16, localSize: 8, locals: 2, downsample: 0.5 }),
  ibot: { ...laptopSynclr.ibot!, head: { hidden: 16, bottleneck: 8, prototypes: 12 } },
};

export const toyStableRep: EncoderConfig = {
  ...laptopStableRep,
  ...small,
  head: { ...head, norm: 'bn', finalNorm: false },
  crops: stableRepCrops({ size: 16, downsample: 0 }),
};
