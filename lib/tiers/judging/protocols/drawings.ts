import { drawnScenes, readDrawings, rightByDrawing } from '../../../data/drawnScenes.js';
import { realScenes } from '../../../data/scenes.js';
import { extractFeatures } from '../../../evaluate/features.js';
import { shareOfPictures, shareRight, type Told, told } from '../../../evaluate/interval.js';
import { fitProbe } from '../../../evaluate/probe.js';
import { logSpacedLambdas } from '../../../evaluate/sweepLogisticRegression.js';
import { rng } from '../../../random/rng.js';
import { tierConcepts } from '../../world/captions.js';
import { type Tier, tierSettings } from '../../world/settings.js';
import { openJudged } from '../judged.js';
import type { Protocol } from './protocol.js';

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

const SIZES: Record<Tier, Record<'train' | 'validation' | 'family' | 'each' | 'lambdas', number>> = {
  smoke: { train: 80, validation: 40, family: 40, each: 1, lambdas: 3 },
  laptop: { train: 2000, validation: 500, family: 1000, each: 3, lambdas: 5 },
};

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
    const config = {
      size,
      concepts: drawn(tier).length,
      ...SIZES[tier],
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
          const { sweep, logistic, knn } = await fitProbe(train, validation, { lambdas });
          const right = rightByDrawing(shown, logistic(hands));
          const ofDrawings = (counts: readonly number[]) =>
            told(shareOfPictures(counts, config.each, rng(seed, 'drawings')));
          return {
            family: { logistic: told(shareRight(logistic(family))), knn: told(shareRight(knn(family))) },
            hands: { logistic: ofDrawings(right), knn: ofDrawings(rightByDrawing(shown, knn(hands))), right },
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
function drawn(tier: Tier) {
  const names = new Set(readDrawings().map(({ concept }) => concept));
  return tierConcepts(tier).filter(({ name }) => names.has(name));
}
