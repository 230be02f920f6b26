// The smallest things that can be made, exported and trained.
import { generatorConfig } from '../../lib/dist/diffusion/generatorConfig.js';
import { initGenerator } from '../../lib/dist/diffusion/generatorModel.js';
import { buildTokenizer } from '../../lib/dist/diffusion/tokenizer.js';
import { rng } from '../../lib/dist/random/rng.js';

/** What `exportGenerator` takes: a generator of some thousand parameters for pictures of 16 pixels. */
export function toyModel() {
  const tokenizer = buildTokenizer({ required: ['a red square', 'a blue square', 'green'] });
  const config = generatorConfig({
    vocabularySize: Object.keys(tokenizer.model.vocab).length,
    imageSize: 16,
    patch: 8,
    window: 12,
    width: 16,
    depth: 1,
    heads: 2,
    maxTokens: 4,
    textDepth: 1,
  });
  return { config, weights: initGenerator(config, 1), tokenizer, batch: 2 };
}

/** A pipeline without a network: its pictures are hashes. */
export function drawnPipeline({ size = 4 } = {}) {
  const image = (seed, id, k) => Uint8Array.from(rng(seed, id, k).uniforms(size * size * 3), (u) => 256 * u);
  return {
    folder: 'toy',
    provider: 'cpu',
    sampler: { eta: 0 },
    batch: 4,
    size,
    fingerprint: async () => 'toy-1',
    generate: async ({ prompts, imagesPerPrompt, seed }) =>
      prompts.flatMap(({ id }) =>
        Array.from({ length: imagesPerPrompt }, (_, k) => ({
          id,
          k,
          size,
          image: image(seed, id, k),
          truncatedTokens: 0,
        })),
      ),
    release: async () => {},
  };
}
