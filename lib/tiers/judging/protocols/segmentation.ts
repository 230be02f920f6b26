import { deflateRawSync, inflateRawSync } from 'node:zlib';
import {
  laptopLinearSegmentation,
  laptopSegmentation,
  type SegmentationConfig,
  sizedSegmentation,
} from '../../../evaluate/segmentation/config.js';
import type { MaskedImages } from '../../../evaluate/segmentation/maskedImages.js';
import { segmentationModel } from '../../../evaluate/segmentation/model.js';
import { type SegmentationPoint, type SegmentationResult, segment } from '../../../evaluate/segmentation/segment.js';
import { segmentationScenes } from '../../../evaluate/segmentation/segmentationScenes.js';
import { openSegmenter } from '../../../evaluate/segmentation/segmenter.js';
import { stopSignal } from '../../../runs/cell.js';
import { tierConcepts } from '../../world/captions.js';
import { type Tier, tierSettings } from '../../world/settings.js';
import { backboneOf, type Judged } from '../judged.js';
import type { JudgeOptions, Protocol } from './protocol.js';

export interface SegmentationMetrics {
  /** 0 … 1, with their 95 % interval over test scenes */
  last: SegmentationPoint;
  classes: string[];
  seconds: number;
  /** Predicted masks of the first test scenes; `decodeMask` reads them. */
  examples: string[];
}

/** Scenes whose predicted masks are kept. */
const EXAMPLES = 6;

/** Multi-object scenes of a tier's concepts, in the place of ADE20k. */
export async function tierSegmentationScenes(
  tier: Tier,
  { seed = 0 }: { seed?: number } = {},
): Promise<{ train: MaskedImages; test: MaskedImages }> {
  const { size } = tierSettings(tier);
  const { train, test } = SCENES[tier];
  const shared = { concepts: tierConcepts(tier), size, seed };
  return {
    train: await segmentationScenes({ ...shared, split: 'train', count: train }),
    test: await segmentationScenes({ ...shared, split: 'test', count: test }),
  };
}

const SCENES: Record<Tier, { train: number; test: number }> = {
  smoke: { train: 40, test: 12 },
  laptop: { train: 1600, test: 200 },
};
const HEADS = { linear: laptopLinearSegmentation, upernet: laptopSegmentation };
type Head = keyof typeof HEADS;
const STEPS: Record<Tier, Record<Head, number>> = {
  smoke: { linear: 10, upernet: 4 },
  laptop: { linear: 100, upernet: 100 },
};

/** The laptop's settings with fewer steps; at smoke size a smaller head on the toy encoder. */
export function tierSegmentation(tier: Tier, head: Head): SegmentationConfig {
  const { size } = tierSettings(tier);
  const sized = sizedSegmentation(HEADS[head], { size, steps: STEPS[tier][head] });
  return { laptop: sized, smoke: smaller(sized) }[tier];
}

function smaller({ head, ...config }: SegmentationConfig): SegmentationConfig {
  if (head.name === 'linear') return { ...config, head, batch: 8 };
  const auxiliary = { channels: 16, weight: 0.4 };
  return { ...config, head: { ...head, blocks: [1, 1, 2, 2], channels: 16, auxiliary }, batch: 8 };
}

function segmentation(head: Head): Protocol<SegmentationMetrics> {
  return {
    name: `segment-${head}`,
    mirrors: head === 'upernet' ? 'Table 7' : 'Table 7, but a linear head on the frozen encoder',
    needsBackbone: true,
    at(tier) {
      const settings = tierSegmentation(tier, head);
      const scenes = SCENES[tier];
      return {
        config: { ...settings, scenes, concepts: tierSettings(tier).concepts },
        async run(judged, options) {
          return segmentJudged(judged, await tierSegmentationScenes(tier, options), settings, options);
        },
      };
    },
  };
}

/** Table 7's protocol; with a linear head, what the frozen features tell by themselves. */
export const linearSegmentation = segmentation('linear');
export const uperNetSegmentation = segmentation('upernet');

/** Trains a head on who is judged, with pictures normalised as in the encoder's own training. */
export function trainHead(
  judged: Judged,
  sets: { train: MaskedImages; test: MaskedImages },
  settings: SegmentationConfig,
  options: Parameters<typeof segment>[3],
): Promise<SegmentationResult> {
  const { params, model, normalisation } = backboneOf(judged);
  return segment({ params, config: model }, sets, { ...settings, normalisation }, options);
}

/** Trains a head (and the encoder, unless it is frozen), judges it, and keeps some of what it predicts. */
export async function segmentJudged(
  judged: Judged,
  sets: { train: MaskedImages; test: MaskedImages },
  settings: SegmentationConfig,
  { seed, signal: given }: JudgeOptions,
): Promise<SegmentationMetrics> {
  const signal = stopSignal(given);
  const { model, normalisation } = backboneOf(judged);
  const config = { ...settings, normalisation };
  const { last, weights, secondsPerStep, steps } = await trainHead(judged, sets, settings, { seed, signal });
  signal?.throwIfAborted();
  const { classes, length } = sets.test;
  const segmenter = await openSegmenter(weights, config, {
    model: segmentationModel(model, config),
    classes: classes.length,
  });
  try {
    const examples: string[] = [];
    for (let i = 0; i < Math.min(EXAMPLES, length); i++) {
      examples.push(encodeMask(await segmenter.predict((await sets.test.read(i)).image)));
    }
    return { last: last!, classes: [...classes], seconds: secondsPerStep * steps, examples };
  } finally {
    await segmenter.release();
  }
}

/** A mask as text: deflated bytes in base 64. */
export const encodeMask = (mask: Uint8Array): string => deflateRawSync(mask).toString('base64');
export const decodeMask = (text: string): Uint8Array => new Uint8Array(inflateRawSync(Buffer.from(text, 'base64')));
