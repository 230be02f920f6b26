import { realScenes, type SceneSet } from '../../data/scenes.js';
import { rawPixelFeatures } from '../../evaluate/baselines.js';
import { type ClassificationScores, evaluateFeatures } from '../../evaluate/evaluateClassification.js';
import { cachedFeatures, hashOfImages } from '../../evaluate/featureCache.js';
import {
  type ExtractFeatures,
  extractFeatures,
  type FeatureSet,
  type LabelledImages,
} from '../../evaluate/features.js';
import { logSpacedLambdas } from '../../evaluate/sweepLogisticRegression.js';
import { sha256 } from '../../runs/files.js';
import { runsPath } from '../../runs/paths.js';
import { openEncoder } from '../../synclr/encode.js';
import { tierConcepts } from '../world/captions.js';
import { drawOnce } from '../world/drawOnce.js';
import type { FrozenEncoder } from '../world/encoder.js';
import { tierSettings } from '../world/settings.js';

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

/** What is compared: how it sees, and the hash of what it sees with. */
interface Method {
  name: string;
  hash: string;
  transform: string;
  open(): Promise<{ extract: ExtractFeatures; release?: () => Promise<void> }>;
}

/**
 * The paper's fine-grained protocol on the tier's real images, for each encoder and for raw pixels: logistic regression
 * on frozen features, λ chosen on the validation split (five values instead of 45, since the sets are small).
 *
 * @param cache folder where features are kept, so that a second call only fits classifiers
 */
export async function compareOnScenes(
  tier: string,
  encoders: readonly FrozenEncoder[],
  { seed = 0, cache = runsPath('features') }: { seed?: number; cache?: string } = {},
): Promise<MethodScores[]> {
  const { train, validation, test } = await tierScenes(tier, { seed });
  const splits = { train: pictures(train), validation: pictures(validation), test: pictures(test) };
  const rows: MethodScores[] = [];
  for (const method of [...encoders.map(frozen), rawPixels]) {
    const features = await featuresOf(method, splits, cache);
    rows.push({ method: method.name, ...(await evaluateFeatures(features, { lambdas: logSpacedLambdas(5) })) });
  }
  return rows;
}

function frozen({ name, params, model }: FrozenEncoder): Method {
  return {
    name,
    hash: hashOfEncoder({ params, model }),
    transform: `${model.image} px, CLIP's mean and deviation, class token`,
    async open() {
      const encoder = await openEncoder(params, model);
      return { extract: (images) => encoder.encode(images), release: () => encoder.release() };
    },
  };
}

const rawPixels: Method = {
  name: 'raw pixels',
  hash: sha256('raw pixels'),
  transform: '16 × 16 means',
  open: async () => ({ extract: rawPixelFeatures() }),
};

/** Features of every split; the encoder is opened only where one of them is not kept. */
async function featuresOf<Split extends string>(
  { hash, transform, open }: Method,
  splits: Readonly<Record<Split, LabelledImages>>,
  cache: string,
): Promise<Record<Split, FeatureSet>> {
  let opened: ReturnType<Method['open']> | undefined;
  const features: [string, FeatureSet][] = [];
  try {
    for (const [split, images] of Object.entries<LabelledImages>(splits)) {
      const key = { encoder: hash, images: await hashOfImages(images), transform };
      const make = async () => {
        opened ??= open();
        return extractFeatures((await opened).extract, images);
      };
      features.push([split, await cachedFeatures(cache, key, make)]);
    }
  } finally {
    await (await opened)?.release?.();
  }
  return Object.fromEntries(features) as Record<Split, FeatureSet>;
}

/** Scenes as a labelled split whose pictures are drawn once, however many encoders look at them. */
function pictures(scenes: SceneSet): LabelledImages {
  const { length, size, classes, labels } = scenes;
  const image = drawOnce(scenes);
  return {
    length,
    size,
    classes,
    batch: (indices) => ({
      images: Buffer.concat(indices.map(image)),
      labels: Int32Array.from(indices, (index) => labels[index]),
    }),
  };
}

/** SHA-256 of an architecture and its weights, in the order of their names. */
function hashOfEncoder({ params, model }: Pick<FrozenEncoder, 'params' | 'model'>): string {
  const names = Object.keys(params).sort();
  const weights = names.map((name) => {
    const { buffer, byteOffset, byteLength } = params[name].data;
    return new Uint8Array(buffer, byteOffset, byteLength);
  });
  return sha256(Buffer.concat([Buffer.from(JSON.stringify([model, names])), ...weights]));
}
