import { drawnScenes, readDrawings } from '../../../data/drawnScenes.js';
import { realScenes } from '../../../data/scenes.js';
import { extractFeatures, type FeatureSet } from '../../../evaluate/features.js';
import { bootstrapInterval, type Interval, wilsonInterval } from '../../../evaluate/interval.js';
import { predictNearestNeighbours } from '../../../evaluate/knn.js';
import { correctFlags } from '../../../evaluate/metrics.js';
import {
  logSpacedLambdas,
  predictClasses,
  sweepLogisticRegression,
} from '../../../evaluate/sweepLogisticRegression.js';
import { rng } from '../../../random/rng.js';
import { tierConcepts } from '../../world/captions.js';
import { tierSettings } from '../../world/settings.js';
import { openJudged } from '../judged.js';
import type { Protocol } from './protocol.js';

/** A share of scenes and its 95 % interval. */
export interface Told {
  accuracy: number;
  interval: Interval;
}

export interface DrawingsMetrics {
  /** scenes of the concept's third family: one house's style that the classifier knows from other concepts */
  family: { logistic: Told; knn: Told };
  /** scenes of drawings by many hands; intervals are of resamples of the drawings */
  hands: {
    logistic: Told;
    knn: Told;
    /** of each drawing, how many of its scenes the logistic regression has right: for paired comparisons */
    right: number[];
  };
  lambda: number;
  counts: { classes: number; train: number; validation: number; family: number; drawings: number; hands: number };
}

/**
 * Table 6's question in a style that nobody has seen, of many hands: a classifier of the tier's concepts, trained on real
 * scenes of the emoji families, is tested on drawings of the Open Clip Art Library, and beside that on the family that it has
 * not seen a concept in.
 */
export const drawingsProtocol: Protocol<DrawingsMetrics> = {
  name: 'drawings',
  mirrors: 'Table 6, in styles that nobody has seen',
  needsBackbone: false,
  at(tier) {
    const { size } = tierSettings(tier);
    const smoke = tier === 'smoke';
    const config = {
      size,
      concepts: drawn(tier).length,
      train: smoke ? 80 : 2000,
      validation: smoke ? 40 : 500,
      family: smoke ? 40 : 1000,
      each: smoke ? 1 : 3,
      lambdas: smoke ? 3 : 5,
    };
    return {
      config,
      async run(judged, { seed, signal }) {
        const concepts = drawn(tier);
        const { extract, release } = await openJudged(judged);
        const scenes = async (split: 'train' | 'val' | 'test', count: number) => {
          signal?.throwIfAborted();
          return extractFeatures(extract, await realScenes({ split, concepts, count, seed, size }));
        };
        try {
          const [train, validation] = [await scenes('train', config.train), await scenes('val', config.validation)];
          const family = await scenes('test', config.family);
          const shown = await drawnScenes({ each: config.each, seed, size, concepts });
          const hands = await extractFeatures(extract, shown);
          const lambdas = logSpacedLambdas(config.lambdas);
          const sweep = await sweepLogisticRegression(train, validation, { lambdas });
          const flags = (set: FeatureSet) => ({
            logistic: correctFlags(predictClasses(sweep, set), set.labels),
            knn: correctFlags(predictNearestNeighbours(train, set), set.labels),
          });
          const [ofFamily, ofHands] = [flags(family), flags(hands)];
          const byDrawing = (correct: Uint8Array) => {
            const right = shown.drawings.map(() => 0);
            correct.forEach((flag, i) => {
              right[shown.shown[i]] += flag;
            });
            return right;
          };
          const right = byDrawing(ofHands.logistic);
          const ofDrawings = (counts: readonly number[]) => overDrawings(counts, config.each, seed);
          return {
            family: { logistic: overScenes(ofFamily.logistic), knn: overScenes(ofFamily.knn) },
            hands: { logistic: ofDrawings(right), knn: ofDrawings(byDrawing(ofHands.knn)), right },
            lambda: sweep.lambda,
            counts: {
              classes: concepts.length,
              train: train.count,
              validation: validation.count,
              family: family.count,
              drawings: shown.drawings.length,
              hands: hands.count,
            },
          };
        } finally {
          await release();
        }
      },
    };
  },
};

/** The tier's concepts that somebody drew. */
function drawn(tier: string) {
  const names = new Set(readDrawings().map(({ concept }) => concept));
  return tierConcepts(tier).filter(({ name }) => names.has(name));
}

function overScenes(correct: Uint8Array): Told {
  const right = correct.reduce((sum, flag) => sum + flag, 0);
  return { accuracy: right / correct.length, interval: wilsonInterval(right, correct.length) };
}

/** Scenes of one drawing stand or fall together, so drawings are resampled. */
function overDrawings(right: readonly number[], each: number, seed: number): Told {
  const share = (rows: Int32Array) => rows.reduce((sum, row) => sum + right[row], 0) / (each * rows.length);
  const all = Int32Array.from(right.keys());
  return { accuracy: share(all), interval: bootstrapInterval(right.length, share, { rng: rng(seed, 'drawings') }) };
}
