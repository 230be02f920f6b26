import { conceptsNamed } from '../../../data/concepts.js';
import { type DrawnScenes, drawnScenes, rightByDrawing } from '../../../data/drawnScenes.js';
import { realScenes } from '../../../data/scenes.js';
import { extractFeatures, type FeatureSet, type LabelledImages, pictureSet } from '../../../evaluate/features.js';
import { fewShot } from '../../../evaluate/fewShot.js';
import { bootstrapInterval, shareOfPictures, shareRight, type Told, told } from '../../../evaluate/interval.js';
import { fitProbe } from '../../../evaluate/probe.js';
import { rng } from '../../../random/rng.js';
import type { Interval } from '../../../runs/measured.js';
import { backboneOf, type Judged, openJudged } from '../judged.js';
import { foregroundOf, meanOf } from '../protocols/patchPca.js';
import { crossTest, nearestRows } from './crossTest.js';
import type { Looker } from './lookers.js';
import { foodsByGroup, type PhotographSet, readStamps, stampFolder, stampsByKind } from './photographSets.js';

/** A share, its 95 % interval, and which rows were right, a character 0 or 1 each: for paired comparisons. */
export interface ToldRows extends Told {
  rows: string;
}

/** From photograph to photograph, by `crossTest`. */
export interface SetScores {
  classes: number;
  photographs: number;
  logistic: ToldRows;
  knn: ToldRows;
  /** 5-way 5-shot, nearest centroid */
  fewShot: Told;
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
    logistic: Told & { right: number[] };
    knn: Told;
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
    train: await scenes('train', train),
    validation: await scenes('val', validation),
    cutOuts: await drawnScenes({ each, seed, size, concepts, drawings: stamps, folder: stampFolder() }),
  };
}

async function decoded(set: PhotographSet, size: number): Promise<Prepared> {
  const pixels: Uint8Array[] = [];
  for (let i = 0; i < set.files.length; i++) pixels.push(await set.picture(i, size));
  return { set, images: pictureSet((i) => pixels[i], { size, classes: set.classes, labels: set.labels }) };
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
  const pca = looker.judged?.backbone ? await scorePca(looker.judged, seed) : null;
  return { features, metrics: { foods, stamps, concepts, pca } };
}

/** From photograph to photograph: see `crossTest`. */
async function scoreSet(set: FeatureSet, files: readonly string[], seed = 0): Promise<SetScores> {
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
  return { ...told(shareRight(flags)), rows: flags.join('') };
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
  const { logistic, knn } = await fitProbe(learned, chosen, { lambdas });
  const share = (right: readonly number[]) => told(shareOfPictures(right, each, rng(seed, 'photographs', 'concepts')));
  const right = rightByDrawing(cutOuts, logistic(tested));
  return {
    classes: cutOuts.classes.length,
    photographs: cutOuts.drawings.length,
    each,
    logistic: { ...share(right), right },
    knn: share(rightByDrawing(cutOuts, knn(tested))),
  };
}

/** Sets of four cut-outs of one kind before drawn places; the mask is their alpha. */
async function scorePca(judged: Judged, seed: number): Promise<PhotographMetrics['pca']> {
  const { sets, images, size } = PHOTOGRAPH_SETTINGS.pca;
  const both = readStamps().filter((stamp) => stamp.kind !== undefined && stamp.concept !== undefined);
  const kinds = [...new Set(both.map(({ kind }) => kind!))].filter(
    (kind) => both.filter((stamp) => stamp.kind === kind).length >= images,
  );
  const drawings = both.map(({ file, concept }) => ({ file, concept: concept! }));
  const concepts = conceptsNamed([...new Set(drawings.map(({ concept }) => concept))]);
  const scenes = await drawnScenes({ each: 1, seed, size, concepts, drawings, folder: stampFolder() });
  const encoder = await openJudged(judged, { output: 'patches', batch: images, size });
  try {
    const ious: number[] = [];
    const boxes: number[] = [];
    for (let s = 0; s < sets; s++) {
      const kind = kinds[s % kinds.length];
      const of = Array.from(both.keys()).filter((i) => both[i].kind === kind);
      const shown = rng(seed, 'photographs', 'pca', s)
        .sample(of, images)
        .map((i) => scenes.render(i));
      const found = await foregroundOf(encoder, shown, {
        side: size / backboneOf(judged).model.patch,
        thresholds: [0],
      });
      ious.push(found.ious[0]);
      boxes.push(found.box);
    }
    const over = (rows: Int32Array) => meanOf(Array.from(rows, (row) => ious[row]));
    const interval = bootstrapInterval(ious.length, over, { rng: rng(seed, 'photographs', 'pca') });
    return { sets, iou: meanOf(ious), interval, box: meanOf(boxes) };
  } finally {
    await encoder.release();
  }
}
