import { InputError } from '../errors.js';
import type { FeatureSet } from './features.js';
import { shareRight, type Told, told } from './interval.js';
import { argmaxRows, correctFlags } from './metrics.js';
import { multiplyTransposed } from './multiplyTransposed.js';

/** Texts to embeddings [texts, D] of any length, row by row. */
export type EmbedTexts = (texts: readonly string[]) => Float32Array | Promise<Float32Array>;

/** One embedding a class. */
export interface ZeroShotClassifier {
  /** [classes, width], unit rows */
  readonly weights: Float32Array;
  readonly classes: readonly string[];
  readonly width: number;
}

/** What `{}` stands in for a class name in. The paper does not say its own (spec §5.6); CLIP's code has 80 for ImageNet. */
export const ZERO_SHOT_TEMPLATES = ['a picture of a {}', 'a photo of a {}', 'one {}'];

/**
 * CLIP's zero-shot classifier (arXiv 2103.00020, §3.1.4): a class is the mean of the unit embeddings of its name in all
 * templates, scaled to unit length again.
 * @throws InputError for a template without `{}`, or embeddings that are not finite
 */
export async function zeroShotClassifier(
  embed: EmbedTexts,
  classes: readonly string[],
  { templates = ZERO_SHOT_TEMPLATES }: { templates?: readonly string[] } = {},
): Promise<ZeroShotClassifier> {
  const blank = templates.find((template) => !template.includes('{}'));
  if (blank !== undefined || templates.length === 0 || classes.length === 0) {
    throw new InputError({
      where: 'zeroShotClassifier',
      expected: 'classes, and templates that hold {} where the name of a class goes',
      found: blank === undefined ? `${classes.length} classes, ${templates.length} templates` : `"${blank}"`,
      fix: 'write templates like "a picture of a {}"',
    });
  }
  const texts = classes.flatMap((name) => templates.map((template) => template.replaceAll('{}', name)));
  const embeddings = await embed(texts);
  const width = embeddings.length / texts.length;
  const weights = new Float32Array(classes.length * width);
  for (let c = 0; c < classes.length; c++) {
    const sum = new Float64Array(width);
    for (let t = 0; t < templates.length; t++) {
      const from = (c * templates.length + t) * width;
      const own = unit(Float64Array.from(embeddings.subarray(from, from + width)), texts[c * templates.length + t]);
      for (let i = 0; i < width; i++) sum[i] += own[i];
    }
    weights.set(unit(sum, classes[c]), c * width);
  }
  return { weights, classes, width };
}

/** Its interval holds the encoder fixed. */
export interface ZeroShotScores extends Told {
  /** predicted classes [count], the class of largest cosine */
  readonly predicted: Int32Array;
  /** [count], 1 where the prediction is right: what `pairedBootstrap` compares. */
  readonly correct: Uint8Array;
}

/** Classifies image embeddings of the same space. @throws InputError when width or number of classes do not fit */
export function evaluateZeroShot(test: FeatureSet, { weights, classes, width }: ZeroShotClassifier): ZeroShotScores {
  if (test.width !== width || test.classes !== classes.length) {
    throw new InputError({
      where: 'evaluateZeroShot',
      expected: `embeddings of ${width} numbers and labels of ${classes.length} classes`,
      found: `${test.width} numbers and ${test.classes} classes`,
      fix: 'embed images and class names with the two towers of one model, and name the classes in the order of the labels',
    });
  }
  // The length of an image's embedding does not change which cosine is the largest.
  const cosines = multiplyTransposed(
    Float64Array.from(test.features),
    Float64Array.from(weights),
    new Float64Array(test.count * classes.length),
    { m: test.count, n: classes.length, depth: width },
  );
  const predicted = argmaxRows(cosines, classes.length);
  const correct = correctFlags(predicted, test.labels);
  return { ...told(shareRight(correct)), predicted, correct };
}

function unit(row: Float64Array, where: string): Float64Array {
  const norm = Math.sqrt(row.reduce((sum, v) => sum + v * v, 0));
  if (Number.isFinite(norm) && norm > 0) return row.map((v) => v / norm);
  throw new InputError({
    where: `zeroShotClassifier, "${where}"`,
    expected: 'an embedding of finite numbers, not all 0',
    found: `length ${norm}`,
    fix: 'look at the text tower this embedding came from',
  });
}
