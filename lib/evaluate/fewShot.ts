import { InputError } from '../errors.js';
import type { Rng } from '../random/rng.js';
import { type FeatureSet, selectRows } from './features.js';
import type { Told } from './interval.js';
import { fitLogisticRegression, predictLogits } from './logisticRegression.js';
import { accuracy, argmaxRows } from './metrics.js';

export interface FewShotOptions {
  rng: Rng;
  /** Classes of an episode. */
  ways?: number;
  /** Labelled rows a class. */
  shots?: number;
  /** Rows a class to be told. */
  queries?: number;
  episodes?: number;
  /** 'centroid': the nearest mean of a class by cosine; 'logistic': logistic regression with λ = 1. */
  method?: 'centroid' | 'logistic';
}

/** The mean over episodes, 0 … 1, and its 95 % interval, normal over episodes. */
export interface FewShotScore extends Told {
  readonly episodes: number;
}

/**
 * Few-shot classification on frozen features: 5-way 5-shot, as StableRep reports it (spec §6; its Table 3). Episodes draw
 * classes, then rows of them; 600 episodes of 15 queries a class are the field's habit. Rows are brought to length 1.
 *
 * @throws InputError when fewer than `ways` classes have shots + queries rows
 */
export async function fewShot(
  set: FeatureSet,
  { rng, ways = 5, shots = 5, queries = 15, episodes = 600, method = 'logistic' }: FewShotOptions,
): Promise<FewShotScore> {
  const unit = unitRows(set);
  const rows = Array.from({ length: set.classes }, (): number[] => []);
  set.labels.forEach((label, i) => {
    rows[label].push(i);
  });
  const usable = rows.filter((of) => of.length >= shots + queries);
  if (set.relevant || usable.length < ways || episodes < 2) {
    throw new InputError({
      where: 'fewShot',
      expected: `two episodes, and ${ways} classes with at least ${shots} + ${queries} rows of that class alone`,
      found: `${episodes} episodes, ${usable.length} such classes`,
      fix: 'give more rows, or fewer ways, shots or queries',
    });
  }
  const scores: number[] = [];
  for (let episode = 0; episode < episodes; episode++) {
    const draw = rng.child('episode', episode);
    const drawn = draw.sample(usable, ways).map((of) => draw.sample(of, shots + queries));
    const part = (from: number, to: number) => ({
      ...selectRows(
        unit,
        drawn.flatMap((of) => of.slice(from, to)),
      ),
      labels: Int32Array.from(drawn.flatMap((of, way) => of.slice(from, to).map(() => way))),
      classes: ways,
    });
    const [support, query] = [part(0, shots), part(shots, shots + queries)];
    scores.push(accuracy(await (method === 'centroid' ? byCentroid : byLogistic)(support, query), query.labels));
  }
  const mean = scores.reduce((sum, score) => sum + score, 0) / episodes;
  const variance = scores.reduce((sum, score) => sum + (score - mean) ** 2, 0) / (episodes - 1);
  const half = 1.959963984540054 * Math.sqrt(variance / episodes);
  return { accuracy: mean, interval: { low: Math.max(0, mean - half), high: Math.min(1, mean + half) }, episodes };
}

async function byLogistic(support: FeatureSet, query: FeatureSet): Promise<Int32Array> {
  const fit = await fitLogisticRegression(support, { lambda: 1, relativeDecrease: 1e-6 });
  return argmaxRows(predictLogits(fit, query), support.classes);
}

async function byCentroid({ features, labels, width, classes }: FeatureSet, query: FeatureSet): Promise<Int32Array> {
  const centroid = new Float32Array(classes * width);
  labels.forEach((label, i) => {
    for (let j = 0; j < width; j++) centroid[label * width + j] += features[i * width + j];
  });
  const means = unitRows({ features: centroid, labels: new Int32Array(classes), count: classes, width, classes });
  const weight = new Float64Array(width * classes);
  for (let c = 0; c < classes; c++) {
    for (let j = 0; j < width; j++) weight[j * classes + c] = means.features[c * width + j];
  }
  return argmaxRows(predictLogits({ weight, bias: new Float64Array(classes), width, classes }, query), classes);
}

function unitRows(set: FeatureSet): FeatureSet {
  const { width, count } = set;
  const features = set.features.slice();
  for (let i = 0; i < count; i++) {
    const row = features.subarray(i * width, (i + 1) * width);
    const length = Math.sqrt(row.reduce((sum, x) => sum + x * x, 0));
    for (let j = 0; j < width; j++) row[j] /= Math.max(length, 1e-12);
  }
  return { ...set, features };
}
