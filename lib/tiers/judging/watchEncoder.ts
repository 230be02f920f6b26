import { realScenes, type SceneSet } from '../../data/scenes.js';
import { extractFeatures } from '../../evaluate/features.js';
import { predictNearestNeighbours } from '../../evaluate/knn.js';
import { accuracy } from '../../evaluate/metrics.js';
import { normalisations } from '../../pictures/normalise.js';
import { openEncoder } from '../../synclr/encode.js';
import type { Evaluation } from '../../synclr/train.js';
import { tierConcepts } from '../world/captions.js';
import { type Tier, tierSettings } from '../world/settings.js';

/**
 * How well an encoder sees while it is trained: every so many steps, the share of real scenes whose concept its nearest
 * neighbours among other real scenes name. The scenes asked about are those of the validation split: a checkpoint that is
 * chosen by this number has not seen the test.
 */
export function watchByNeighbours(tier: Tier, { every, seed = 0 }: { every: number; seed?: number }): Evaluation {
  const { probe } = tierSettings(tier);
  const concepts = tierConcepts(tier);
  const open = async (size: number) => ({
    bank: await realScenes({ split: 'train', concepts, count: probe.train, seed, size }),
    asked: await realScenes({ split: 'val', concepts, count: probe.validation, seed, size }),
  });
  let scenes: { bank: SceneSet; asked: SceneSet } | undefined;
  return {
    name: 'knn',
    every,
    async measure(backbone, { model, normalisation }) {
      scenes ??= await open(model.image);
      const encoder = await openEncoder(backbone, model, { normalisation: normalisations[normalisation] });
      try {
        const featuresOf = (images: SceneSet) => extractFeatures((pixels) => encoder.encode(pixels), images);
        const bank = await featuresOf(scenes.bank);
        const asked = await featuresOf(scenes.asked);
        return accuracy(predictNearestNeighbours(bank, asked), asked.labels);
      } finally {
        await encoder.release();
      }
    },
  };
}
