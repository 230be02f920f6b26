import path from 'node:path';
import { generateImageSet } from '../../diffusion/generateImageSet.js';
import type { ImageSet } from '../../diffusion/imageSet.js';
import type { SetCaption } from '../../diffusion/imageSetFormat.js';
import { rng } from '../../random/rng.js';
import { runsPath } from '../../runs/paths.js';
import { tierCaptions } from './captions.js';
import { openTierGenerator } from './generator.js';
import { type Tier, tierSettings } from './settings.js';

/** A tier's captions as an image set names them: the id is the record's place in the caption log. */
export function promptCaptions(tier: Tier): SetCaption[] {
  return tierCaptions(tier).map(({ index, caption, concept, background }) => ({
    id: String(index),
    text: caption,
    concept,
    ...(background ? { background } : {}),
  }));
}

/**
 * Images of a random few of the tier's captions, kept in `runs/` until captions, model or settings change: what notebook 03
 * trains on.
 */
export async function liveImages(
  tier: Tier,
  { root = runsPath(tier), seed = 0 }: { root?: string; seed?: number } = {},
): Promise<ImageSet> {
  const { liveCaptions, imagesPerCaption, samplingSteps: steps, guidance } = tierSettings(tier);
  const out = path.join(root, 'images-live');
  const captions = rng(seed, 'live captions').sample(promptCaptions(tier), liveCaptions);
  const pipeline = await openTierGenerator(tier, { root });
  try {
    return await generateImageSet({
      pipeline,
      captions,
      out,
      seed,
      imagesPerCaption,
      guidance,
      steps,
      existing: 'replace',
    });
  } finally {
    await pipeline.release();
  }
}
