import type { WorldConcept } from '../../data/concepts.js';
import { GENERATOR_FAMILIES, HELD_OUT_FAMILIES } from '../../data/families.js';
import type { TextToImage } from '../../diffusion/textToImage.js';
import { InputError } from '../../errors.js';
import type { Judge, Verdicts } from '../judge/judgeOf.js';
import { captionScenes, type MeasuredCaption } from './captionScenes.js';
import { type Overlap, overlap } from './coverage.js';
import { frechetDistance, type Gaussian, gaussianOf } from './frechetDistance.js';
import { type ImageDiversity, imageDiversity } from './imageDiversity.js';
import { type JudgeScore, judgeScore, type Wanted } from './judgeScore.js';

/** Likeness to a reference set, on the judge's features. */
export interface Likeness extends Overlap {
  frechet: number;
}

/** All measures of one set of images. */
export interface ImageMeasures {
  judge: JudgeScore;
  /** to scenes of the families that the generator learned from */
  generatorFamilies: Likeness;
  /** to scenes of the families held out from it, in wide poses: the real images of the world */
  heldOutFamilies: Likeness;
  diversity: ImageDiversity;
}

/** The measures with one setting of the sampler: a point of the trade-off curves. */
export interface MeasuredPoint extends ImageMeasures {
  guidance: number;
  steps: number;
  /** of sampling and measuring */
  seconds: number;
}

/** Features of scenes that fit the captions, one for every generated image. */
export interface References {
  generatorFamilies: Reference;
  heldOutFamilies: Reference;
}

interface Reference {
  features: Float32Array;
  gaussian: Gaussian;
}

/** What a set of captions is measured with. */
export interface Measuring {
  judge: Judge;
  captions: readonly MeasuredCaption[];
  imagesPerCaption: number;
  references: References;
}

/**
 * Draws and judges the scenes that a generator is compared with, and those of a perfect one: fresh scenes of its own
 * families. The measures of these are what can be reached with this judge and so many images.
 */
export async function prepareMeasuring({
  judge,
  captions,
  concepts,
  imagesPerCaption,
  seed,
}: {
  judge: Judge;
  captions: readonly MeasuredCaption[];
  concepts: readonly WorldConcept[];
  imagesPerCaption: number;
  seed: number;
}): Promise<{ measuring: Measuring; perfect: ImageMeasures }> {
  requireKnown(captions, judge);
  const scenes = { concepts, perCaption: imagesPerCaption, size: judge.size };
  const [own, held, fresh] = await Promise.all([
    captionScenes(captions, { ...scenes, families: GENERATOR_FAMILIES, pose: 'narrow', seed }),
    captionScenes(captions, { ...scenes, families: HELD_OUT_FAMILIES, pose: 'wide', seed }),
    captionScenes(captions, { ...scenes, families: GENERATOR_FAMILIES, pose: 'narrow', seed: seed + 1 }),
  ]);
  const references = {
    generatorFamilies: await referenceOf(judge, own),
    heldOutFamilies: await referenceOf(judge, held),
  };
  const measuring = { judge, captions, imagesPerCaption, references };
  return { measuring, perfect: measureVerdicts(await judge.judge(fresh), measuring) };
}

async function referenceOf(judge: Judge, images: readonly Uint8Array[]): Promise<Reference> {
  const { features } = await judge.judge(images);
  return { features, gaussian: gaussianOf(features, judge.width) };
}

/** Samples with one setting and measures. `onProgress` counts images. */
export async function measureGenerator(
  pipeline: TextToImage,
  measuring: Measuring,
  {
    guidance,
    steps,
    seed,
    signal,
    onProgress,
  }: {
    guidance: number;
    steps: number;
    seed: number;
    signal?: AbortSignal;
    onProgress?: (done: number, total: number) => void;
  },
): Promise<ImageMeasures> {
  const { captions, imagesPerCaption, judge } = measuring;
  if (pipeline.size !== judge.size) {
    throw new InputError({
      where: 'measureGenerator',
      expected: `images of ${judge.size} pixels a side, as the judge knows them`,
      found: `${pipeline.size}`,
      fix: 'measure a generator of that size, or train a judge of this one',
    });
  }
  const prompts = captions.map(({ id, text }) => ({ id, text }));
  const made = await pipeline.generate({
    prompts,
    imagesPerPrompt: imagesPerCaption,
    guidance,
    steps,
    seed,
    signal,
    onProgress,
  });
  return measureVerdicts(await judge.judge(made.map(({ image }) => image)), measuring);
}

/** All measures of images, caption by caption, from what the judge says of them. */
export function measureVerdicts(
  verdicts: Verdicts,
  { judge, captions, imagesPerCaption, references }: Measuring,
): ImageMeasures {
  const { width, concepts, backgrounds } = judge;
  const wanted: Wanted[] = captions.flatMap(({ concept, background }) => {
    const one = {
      concept: concepts.indexOf(concept),
      background: background ? backgrounds.indexOf(background) : undefined,
    };
    return Array.from({ length: imagesPerCaption }, () => one);
  });
  const gaussian = gaussianOf(verdicts.features, width);
  const likeness = (reference: Reference): Likeness => ({
    frechet: frechetDistance(reference.gaussian, gaussian),
    ...overlap(reference.features, verdicts.features, { width }),
  });
  return {
    judge: judgeScore(verdicts, wanted, judge),
    generatorFamilies: likeness(references.generatorFamilies),
    heldOutFamilies: likeness(references.heldOutFamilies),
    diversity: imageDiversity(verdicts.features, { width, imagesPerCaption }),
  };
}

function requireKnown(captions: readonly MeasuredCaption[], judge: Judge): void {
  const unknown = captions.find(
    ({ concept, background }) =>
      !judge.concepts.includes(concept) || (background !== undefined && !judge.backgrounds.includes(background)),
  );
  if (unknown === undefined && captions.length >= 2) return;
  throw new InputError({
    where: 'captions to measure',
    expected: `two at least, about concepts and backgrounds that the judge knows (${judge.concepts.length} and ${judge.backgrounds.length})`,
    found: unknown ? `'${unknown.concept}', '${unknown.background ?? 'no background'}'` : `${captions.length}`,
    fix: 'leave these captions out, or train a judge of more concepts',
  });
}
