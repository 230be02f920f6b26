import { realScenes, type SceneSet } from '../../data/scenes.js';
import { cachedFeatures, hashOfImages } from '../../evaluate/featureCache.js';
import { extractFeatures, type FeatureSet, type LabelledImages, pictureSet } from '../../evaluate/features.js';
import { type ClassificationScores, evaluateFeatures } from '../../evaluate/probe.js';
import { logSpacedLambdas } from '../../evaluate/sweepLogisticRegression.js';
import { runsPath } from '../../runs/paths.js';
import { tierConcepts } from '../world/captions.js';
import { drawOnce } from '../world/drawOnce.js';
import type { FrozenEncoder } from '../world/encoder.js';
import { type Tier, tierSettings } from '../world/settings.js';
import { type Judged, judgedEncoder, type OpenedJudged, openJudged, rawPixels, transformOf } from './judged.js';

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

export interface MethodScores extends ClassificationScores {
  method: string;
}

/**
 * The paper's fine-grained protocol on the tier's real images, for each encoder and for raw pixels: logistic regression
 * on frozen features, λ chosen on the validation split (five values instead of 45, since the sets are small).
 *
 * @param cache folder where features are kept, so that a second call only fits classifiers
 */
export async function compareOnScenes(
  tier: Tier,
  encoders: readonly FrozenEncoder[],
  { seed = 0, cache = runsPath('features') }: { seed?: number; cache?: string } = {},
): Promise<MethodScores[]> {
  const { train, validation, test } = await tierScenes(tier, { seed });
  const splits = { train: pictures(train), validation: pictures(validation), test: pictures(test) };
  const rows: MethodScores[] = [];
  for (const judged of [...encoders.map((one) => judgedEncoder(one)), rawPixels(train.size)]) {
    const features = await featuresOf(judged, splits, cache);
    rows.push({ method: judged.name, ...(await evaluateFeatures(features, { lambdas: logSpacedLambdas(5) })) });
  }
  return rows;
}

/** Features of every split; the encoder is opened only where one of them is not kept. */
async function featuresOf<Split extends string>(
  judged: Judged,
  splits: Readonly<Record<Split, LabelledImages>>,
  cache: string,
): Promise<Record<Split, FeatureSet>> {
  let opened: Promise<OpenedJudged> | undefined;
  const features: [string, FeatureSet][] = [];
  try {
    for (const [split, images] of Object.entries<LabelledImages>(splits)) {
      const key = { encoder: judged.hash, images: await hashOfImages(images), transform: transformOf(judged) };
      const make = async () => {
        opened ??= openJudged(judged);
        return extractFeatures((await opened).extract, images);
      };
      features.push([split, await cachedFeatures(cache, key, make)]);
    }
  } finally {
    await (await opened)?.release();
  }
  return Object.fromEntries(features) as Record<Split, FeatureSet>;
}

/** Scenes as a labelled split whose pictures are drawn once, however many encoders look at them. */
const pictures = (scenes: SceneSet): LabelledImages => pictureSet(drawOnce(scenes), scenes);
