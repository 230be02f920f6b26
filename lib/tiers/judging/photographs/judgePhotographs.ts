import { conceptsNamed } from '../../../data/concepts.js';
import { type DrawnScenes, drawnScenes } from '../../../data/drawnScenes.js';
import { realScenes, type SceneSet } from '../../../data/scenes.js';
import { extractFeatures, type FeatureSet, type LabelledImages } from '../../../evaluate/features.js';
import { fewShot } from '../../../evaluate/fewShot.js';
import { foregroundIou, maskToGrid, middleBox } from '../../../evaluate/foregroundIou.js';
import { bootstrapInterval, type Interval, wilsonInterval } from '../../../evaluate/interval.js';
import { predictNearestNeighbours } from '../../../evaluate/knn.js';
import { correctFlags } from '../../../evaluate/metrics.js';
import { patchForeground } from '../../../evaluate/patchPca.js';
import { predictClasses, sweepLogisticRegression } from '../../../evaluate/sweepLogisticRegression.js';
import { rng } from '../../../random/rng.js';
import { openEncoder } from '../../../synclr/encode.js';
import { splitRows } from '../protocols/patchPca.js';
import { crossTest, nearestRows } from './crossTest.js';
import type { Looker } from './lookers.js';
import { foodsByGroup, type PhotographSet, readStamps, stampFolder, stampsByKind } from './photographSets.js';

/** A share, its 95 % interval, and which rows were right, a character 0 or 1 each: for paired comparisons. */
export interface ToldRows {
  accuracy: number;
  interval: Interval;
  rows: string;
}

/** From photograph to photograph, by `crossTest`. */
export interface SetScores {
  classes: number;
  photographs: number;
  logistic: ToldRows;
  knn: ToldRows;
  /** 5-way 5-shot, nearest centroid */
  fewShot: { accuracy: number; interval: Interval };
  /** some photographs and their five neighbours, by file */
  neighbours: string[][];
}

export interface PhotographMetrics {
  foods: SetScores;
  stamps: SetScores;
  /** from drawing to photograph: `right` of the scenes of each photograph */
  concepts: {
    classes: number;
    photographs: number;
    each: number;
    logistic: { accuracy: number; interval: Interval; right: number[] };
    knn: { accuracy: number; interval: Interval };
  };
  /** foreground of a patch-PCA against the alpha of cut-outs; null without patches */
  pca: { sets: number; iou: number; interval: Interval; box: number } | null;
}

/** What is measured; a record is compared by it. */
export const PHOTOGRAPH_SETTINGS = {
  folds: 2,
  /** penalties tried: what small sets choose lies among them, and each is quickly fitted */
  lambdas: [0.1, 1, 10, 100, 1000],
  fewShot: { ways: 5, shots: 5, queries: 3, episodes: 300, method: 'centroid' as const },
  queries: 8,
  neighbours: 5,
  /** scenes of a concept's drawings to train on and to choose λ by, and of each photograph to test on */
  concepts: { train: 8, validation: 2, each: 1, lambdas: [1, 10, 100] },
  pca: { sets: 24, images: 4, size: 128 },
};

/** Pictures at one size, decoded once for all who look at that size. */
export interface PreparedPhotographs {
  readonly size: number;
  readonly foods: Prepared;
  readonly stamps: Prepared;
  readonly train: LabelledImages;
  readonly validation: LabelledImages;
  readonly cutOuts: DrawnScenes;
}
interface Prepared {
  readonly set: PhotographSet;
  readonly images: LabelledImages;
}

/** Reads all photographs, and draws the scenes that a classifier of concepts learns from. */
export async function preparePhotographs(size: number, { seed = 0 } = {}): Promise<PreparedPhotographs> {
  const { train, validation, each } = PHOTOGRAPH_SETTINGS.concepts;
  const stamps = readStamps().flatMap(({ file, concept }) => (concept === undefined ? [] : [{ file, concept }]));
  const names = [...new Set(stamps.map(({ concept }) => concept))];
  const concepts = conceptsNamed(names);
  const scenes = (split: 'train' | 'val', count: number) =>
    realScenes({ split, concepts, count: count * concepts.length, seed, size });
  return {
    size,
    foods: await decoded(await foodsByGroup(), size),
    stamps: await decoded(stampsByKind(), size),
    train: plain(await scenes('train', train)),
    validation: plain(await scenes('val', validation)),
    cutOuts: await drawnScenes({ each, seed, size, concepts, drawings: stamps, folder: stampFolder() }),
  };
}

const plain = (scenes: SceneSet): LabelledImages => ({
  length: scenes.length,
  size: scenes.size,
  classes: scenes.classes,
  batch: (indices) => scenes.batch(indices),
});

async function decoded(set: PhotographSet, size: number): Promise<Prepared> {
  const pixels: Uint8Array[] = [];
  for (let i = 0; i < set.files.length; i++) pixels.push(await set.picture(i, size));
  const images: LabelledImages = {
    length: pixels.length,
    size,
    classes: set.classes,
    batch: (indices) => ({
      images: Buffer.concat(indices.map((i) => pixels[i])),
      labels: Int32Array.from(indices, (i) => set.labels[i]),
    }),
  };
  return { set, images };
}

/** Features of the two sets, for whoever tries classifiers without the photographs. */
export interface PhotographFeatures {
  readonly foods: FeatureSet;
  readonly stamps: FeatureSet;
}

/** All that one who looks says of the photographs. */
export async function judgePhotographs(
  looker: Looker,
  prepared: PreparedPhotographs,
  { seed = 0, signal }: { seed?: number; signal?: AbortSignal } = {},
): Promise<{ metrics: PhotographMetrics; features: PhotographFeatures }> {
  const { extract } = looker;
  const features = {
    foods: await extractFeatures(extract, prepared.foods.images),
    stamps: await extractFeatures(extract, prepared.stamps.images),
  };
  signal?.throwIfAborted();
  const foods = await scoreSet(features.foods, prepared.foods.set.files, seed);
  const stamps = await scoreSet(features.stamps, prepared.stamps.set.files, seed);
  signal?.throwIfAborted();
  const concepts = await scoreConcepts(looker, prepared, seed);
  signal?.throwIfAborted();
  const pca = looker.backbone ? await scorePca(looker.backbone, seed) : null;
  return { features, metrics: { foods, stamps, concepts, pca } };
}

/** From photograph to photograph: see `crossTest`. */
export async function scoreSet(set: FeatureSet, files: readonly string[], seed = 0): Promise<SetScores> {
  const { folds, lambdas, queries, neighbours, fewShot: episodes } = PHOTOGRAPH_SETTINGS;
  const { logistic, knn } = await crossTest(set, { seed, folds, lambdas });
  const { accuracy, interval } = await fewShot(set, { ...episodes, rng: rng(seed, 'photographs', 'few-shot') });
  const asked = rng(seed, 'photographs', 'queries').sample([...files.keys()], queries);
  return {
    classes: set.classes,
    photographs: set.count,
    logistic: toldRows(logistic),
    knn: toldRows(knn),
    fewShot: { accuracy, interval },
    neighbours: nearestRows(set, asked, neighbours).map((near, i) => [asked[i], ...near].map((row) => files[row])),
  };
}

function toldRows(flags: Uint8Array): ToldRows {
  const right = flags.reduce((sum, flag) => sum + flag, 0);
  return { accuracy: right / flags.length, interval: wilsonInterval(right, flags.length), rows: flags.join('') };
}

/** A classifier of concepts that has only seen drawings of them, on their photographs. */
async function scoreConcepts(
  { extract }: Looker,
  { train, validation, cutOuts }: PreparedPhotographs,
  seed: number,
): Promise<PhotographMetrics['concepts']> {
  const { each, lambdas } = PHOTOGRAPH_SETTINGS.concepts;
  const features = async (images: LabelledImages) => extractFeatures(extract, images);
  const [learned, chosen, tested] = [await features(train), await features(validation), await features(cutOuts)];
  const sweep = await sweepLogisticRegression(learned, chosen, { lambdas });
  const byPhotograph = (predicted: Int32Array) => {
    const right = cutOuts.drawings.map(() => 0);
    correctFlags(predicted, tested.labels).forEach((flag, i) => {
      right[cutOuts.shown[i]] += flag;
    });
    return right;
  };
  // Scenes of one photograph stand or fall together, so photographs are resampled.
  const told = (right: readonly number[]) => {
    const share = (rows: Int32Array) => rows.reduce((sum, row) => sum + right[row], 0) / (each * rows.length);
    const interval = bootstrapInterval(right.length, share, { rng: rng(seed, 'photographs', 'concepts') });
    return { accuracy: share(Int32Array.from(right.keys())), interval };
  };
  const right = byPhotograph(predictClasses(sweep, tested));
  return {
    classes: cutOuts.classes.length,
    photographs: cutOuts.drawings.length,
    each,
    logistic: { ...told(right), right },
    knn: told(byPhotograph(predictNearestNeighbours(learned, tested))),
  };
}

/** Sets of four cut-outs of one kind before drawn places; the mask is their alpha. */
async function scorePca(backbone: NonNullable<Looker['backbone']>, seed: number): Promise<PhotographMetrics['pca']> {
  const { sets, images, size } = PHOTOGRAPH_SETTINGS.pca;
  const { params, model } = backbone;
  const grid = [size / model.patch, size / model.patch] as const;
  const both = readStamps().filter((stamp) => stamp.kind !== undefined && stamp.concept !== undefined);
  const kinds = [...new Set(both.map(({ kind }) => kind!))].filter(
    (kind) => both.filter((stamp) => stamp.kind === kind).length >= images,
  );
  const drawings = both.map(({ file, concept }) => ({ file, concept: concept! }));
  const concepts = conceptsNamed([...new Set(drawings.map(({ concept }) => concept))]);
  const scenes = await drawnScenes({ each: 1, seed, size, concepts, drawings, folder: stampFolder() });
  const encoder = await openEncoder(params, model, { output: 'patches', batch: images, imageSize: [size, size] });
  try {
    const ious: number[] = [];
    const boxes: number[] = [];
    for (let s = 0; s < sets; s++) {
      const kind = kinds[s % kinds.length];
      const of = Array.from(both.keys()).filter((i) => both[i].kind === kind);
      const shown = rng(seed, 'photographs', 'pca', s)
        .sample(of, images)
        .map((i) => scenes.render(i));
      const exact = shown.map(({ mask }) => maskToGrid(mask, { size: [size, size], grid }));
      const tokens = splitRows(await encoder.encode(shown.map(({ image }) => image)), images);
      const [masks] = patchForeground(tokens, { grid, thresholds: [0] });
      ious.push(meanOf(masks.map((mask, i) => foregroundIou(mask, exact[i]))));
      boxes.push(meanOf(exact.map((mask) => foregroundIou(middleBox(grid), mask))));
    }
    const over = (rows: Int32Array) => meanOf(Array.from(rows, (row) => ious[row]));
    const interval = bootstrapInterval(ious.length, over, { rng: rng(seed, 'photographs', 'pca') });
    return { sets, iou: meanOf(ious), interval, box: meanOf(boxes) };
  } finally {
    await encoder.release();
  }
}

const meanOf = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
