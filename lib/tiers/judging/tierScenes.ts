import { realScenes, type SceneSet } from '../../data/scenes.js';
import { tierConcepts } from '../world/captions.js';
import { type Tier, tierSettings } from '../world/settings.js';

/** The tier's real images: scenes of families that generator and encoder have never seen, in three splits. */
export async function tierScenes(
  tier: Tier,
  { seed = 0 }: { seed?: number } = {},
): Promise<{ train: SceneSet; validation: SceneSet; test: SceneSet }> {
  const { probe, size } = tierSettings(tier);
  const concepts = tierConcepts(tier);
  const scenes = (split: 'train' | 'val' | 'test', count: number) => realScenes({ split, concepts, count, seed, size });
  return {
    train: await scenes('train', probe.train),
    validation: await scenes('val', probe.validation),
    test: await scenes('test', probe.test),
  };
}
