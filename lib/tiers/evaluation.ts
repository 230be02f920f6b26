import { realScenes, type SceneSet } from '../data/index.js';
import {
  type ClassificationScores,
  type ExtractFeatures,
  evaluateClassification,
  logSpacedLambdas,
  rawPixelFeatures,
} from '../evaluate/index.js';
import { openEncoder } from '../synclr/index.js';
import { tierConcepts } from './captions.js';
import type { FrozenEncoder } from './encoder.js';
import { tierSettings } from './settings.js';

/** The tier's real images: scenes of families that generator and encoder have never seen, in three splits. */
export async function tierScenes(
  tier: string,
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

export interface MethodScores extends ClassificationScores {
  method: string;
}

/**
 * The paper's fine-grained protocol on the tier's real images, for each encoder and for raw pixels: logistic regression
 * on frozen features, λ chosen on the validation split (five values instead of 45, since the sets are small).
 */
export async function compareOnScenes(
  tier: string,
  encoders: readonly FrozenEncoder[],
  options: { seed?: number } = {},
): Promise<MethodScores[]> {
  const scenes = await tierScenes(tier, options);
  const evaluate = async (method: string, extract: ExtractFeatures): Promise<MethodScores> => {
    return { method, ...(await evaluateClassification({ extract, ...scenes }, { lambdas: logSpacedLambdas(5) })) };
  };
  const rows: MethodScores[] = [];
  for (const { name, params, model } of encoders) {
    const encoder = await openEncoder(params, model);
    rows.push(await evaluate(name, (images) => encoder.encode(images)));
    await encoder.release();
  }
  rows.push(await evaluate('raw pixels', rawPixelFeatures()));
  return rows;
}
