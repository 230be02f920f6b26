import { type CaptionedImages, generatorTraining } from '../../lib/diffusion/generatorBatch.js';
import type { GeneratorRunConfig } from '../../lib/diffusion/generatorCheckpoint.js';
import { generatorConfig } from '../../lib/diffusion/generatorConfig.js';
import { buildTokenizer } from '../../lib/diffusion/tokenizer.js';

export const toyTokenizer = buildTokenizer({ required: ['a red square', 'a blue square', 'green'] });

/** One-coloured squares of 16 pixels: 'a red square', 'a blue square'. */
export const toyImages: CaptionedImages = (rng) => {
  const red = rng.bernoulli(0.5);
  const image = new Uint8Array(16 * 16 * 3);
  for (let i = 0; i < 256; i++) image.set(red ? [220, 30, 30] : [30, 30, 220], 3 * i);
  return { image, caption: red ? 'a red square' : 'a blue square' };
};

/** A generator of some thousand parameters that trains on the plain cpu backend. */
export function toyConfig({ steps = 30, batch = 4 } = {}): GeneratorRunConfig {
  return {
    model: generatorConfig({
      vocabularySize: Object.keys(toyTokenizer.model.vocab).length,
      imageSize: 16,
      patch: 8,
      window: 12,
      width: 16,
      depth: 1,
      heads: 2,
      maxTokens: 4,
      textDepth: 1,
    }),
    training: generatorTraining({ steps, batch, warmupSteps: 3, seed: 7, lr: 1e-2, muonLr: 1e-2 }),
    data: { pictures: 'squares' },
  };
}
