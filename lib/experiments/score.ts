import { type WorldConcept, worldCategories, worldConcepts } from '../data/concepts.js';
import { realScenes } from '../data/scenes.js';
import type { RealSplit } from '../data/splits.js';
import type { Device } from '../engine/device.js';
import { evaluateTasks, type TaskScore } from '../evaluate/evaluateTasks.js';
import { extractFeatures, type FeatureSet, type LabelledImages } from '../evaluate/features.js';
import { shareRight } from '../evaluate/interval.js';
import { fitProbe } from '../evaluate/probe.js';
import { laptopLinearSegmentation, sizedSegmentation } from '../evaluate/segmentation/config.js';
import { segmentationScenes } from '../evaluate/segmentation/segmentationScenes.js';
import { logSpacedLambdas } from '../evaluate/sweepLogisticRegression.js';
import { labelled } from '../evaluate/tasks/sceneTask.js';
import { tasksNamed } from '../evaluate/tasks/tasksNamed.js';
import type { Measured } from '../runs/measured.js';
import { type Judged, openJudged } from '../tiers/judging/judged.js';
import { trainHead } from '../tiers/judging/protocols/segmentation.js';
import { keepDrawn } from './drawnScenes.js';
import type { ScoringConfig } from './spec.js';

/** The encoder is held fixed. `correct`: one bit a test row, lowest first, in base64 (`unpackFlags`): for paired comparisons. */
export type Tested = Measured & { readonly test: number; readonly correct: string };

/** What is measured of an encoder: see `METRICS`. Records of earlier scorings lack what was not measured then. */
export interface Scores {
  readonly probe: Tested;
  readonly unseen: Tested;
  readonly kinds?: Tested;
  readonly unnamed?: Tested;
  /** nearest neighbours of the pictures of `probe`, among the classifier's training pictures */
  readonly knn: number;
  /** each task's accuracy; of pictures that show several classes, how often the surest answer is one of them */
  readonly tasks: readonly ({ readonly task: string } & (Measured | Tested))[];
  /** mean over the tasks */
  readonly average: number;
  readonly segmentation?: Measured;
}

/**
 * Judges a frozen encoder on real scenes. All is computed on the CPU by ONNX Runtime, wherever the encoder was trained; only
 * its features may be had from another device.
 * @param options.segmentation whether the dense head is trained too
 * @param options.drawn a folder where test pictures are kept for the next encoder
 */
export async function scoreEncoder(
  judged: Judged,
  config: ScoringConfig,
  {
    segmentation = false,
    device = 'onnx',
    drawn,
    signal,
  }: { segmentation?: boolean; device?: Device; drawn?: string; signal?: AbortSignal } = {},
): Promise<Scores> {
  const { size, tasks, seed } = config;
  const { release, ...opened } = await openJudged(judged, { device });
  try {
    const prepare = async (images: LabelledImages) => (drawn ? keepDrawn(images, drawn) : images);
    const features = async (images: LabelledImages) => extractFeatures(opened.extract, await prepare(images));
    const classified = await classifyScenes(features, config);
    signal?.throwIfAborted();
    const unnamed = config.unnamed && (await classifyUnnamed(features, config.unnamed, config));
    signal?.throwIfAborted();
    const rows = (await evaluateTasks({ ...judged, ...opened, size }, tasksNamed(tasks.names), {
      ...('share' in tasks ? { share: tasks.share } : { sizes: tasks, drawings: 'known' }),
      prepare,
      flags: true,
      lambdas: logSpacedLambdas(tasks.lambdas),
      seed,
      signal,
    })) as TaskScore[];
    const scored = rows.map(({ task, correct }) => ({ task, ...testedBy(correct!) }));
    return {
      ...classified,
      ...(unnamed && { unnamed }),
      tasks: scored,
      average: scored.reduce((sum, { value }) => sum + value, 0) / scored.length,
      ...(segmentation && { segmentation: await scoreSegmentation(judged, config, signal) }),
    };
  } finally {
    await release();
  }
}

/**
 * Logistic regression, trained on scenes of two drawings of each concept and tested twice: on the same drawings before other
 * backgrounds, in poses of their own, and on the concept's third drawing (`realAllowance`). Then the same pictures with
 * their categories in place of concepts.
 */
async function classifyScenes(
  features: FeaturesOf,
  { concepts: count, size, probe, seed }: ScoringConfig,
): Promise<Pick<Scores, 'probe' | 'unseen' | 'kinds' | 'knn'>> {
  const concepts = worldConcepts({ count });
  const scenes = scenesOf(features, { concepts, size });
  const lambdas = logSpacedLambdas(probe.lambdas);
  const [train, validation] = [await scenes('train', probe.train, seed), await scenes('val', probe.validation, seed)];
  // λ is chosen on `validation`; the test has other scenes of the same split.
  const [test, unseen] = [await scenes('val', probe.test, seed + 1), await scenes('test', probe.unseen, seed)];
  const things = await fitProbe(train, validation, { lambdas });
  const sorted = (features: FeatureSet) => inCategories(features, concepts);
  const kinds = await fitProbe(sorted(train), sorted(validation), { lambdas });
  return {
    probe: testedBy(things.logistic(test)),
    unseen: testedBy(things.logistic(unseen)),
    kinds: testedBy(kinds.logistic(sorted(unseen))),
    knn: shareRight(things.knn(test)).value,
  };
}

/** As `probe`, of the concepts after the first `concepts` of the world. */
async function classifyUnnamed(
  features: FeaturesOf,
  unnamed: NonNullable<ScoringConfig['unnamed']>,
  { size, seed }: ScoringConfig,
): Promise<Tested> {
  const concepts = worldConcepts().slice(unnamed.concepts);
  const scenes = scenesOf(features, { concepts, size });
  const { logistic } = await fitProbe(
    await scenes('train', unnamed.train, seed),
    await scenes('val', unnamed.validation, seed),
    { lambdas: logSpacedLambdas(unnamed.lambdas) },
  );
  return testedBy(logistic(await scenes('val', unnamed.test, seed + 1)));
}

type FeaturesOf = (images: LabelledImages) => Promise<FeatureSet>;

const scenesOf =
  (features: FeaturesOf, { concepts, size }: { concepts: readonly WorldConcept[]; size: number }) =>
  async (split: RealSplit, count: number, seed: number): Promise<FeatureSet> =>
    features(labelled(await realScenes({ split, concepts, count, seed, size })));

/** Features with the category of each concept as its label. */
function inCategories(features: FeatureSet, concepts: readonly WorldConcept[]): FeatureSet {
  const categories = worldCategories(concepts);
  const labels = Int32Array.from(features.labels, (label) => categories.indexOf(concepts[label].category));
  return { ...features, labels, classes: categories.length };
}

const testedBy = (correct: Uint8Array): Tested => ({
  ...shareRight(correct),
  test: correct.length,
  correct: packFlags(correct),
});

/** mIoU of a linear classifier of the frozen patch tokens, of its last step. */
async function scoreSegmentation(
  judged: Judged,
  { concepts, size, segmentation: { train, test, steps }, seed }: ScoringConfig,
  signal?: AbortSignal,
): Promise<Measured> {
  const scenes = (split: 'train' | 'test', count: number) =>
    segmentationScenes({ split, concepts: worldConcepts({ count: concepts }), count, seed, size });
  const sets = { train: await scenes('train', train), test: await scenes('test', test) };
  const settings = sizedSegmentation(laptopLinearSegmentation, { size, steps });
  const { last } = await trainHead(judged, sets, settings, { seed, device: 'onnx', signal });
  signal?.throwIfAborted();
  return { value: last!.meanIou, ...last!.interval };
}

/** Flags 0 or 1 as a bit set, lowest bit first, in base64. */
export function packFlags(flags: Uint8Array): string {
  const bytes = new Uint8Array(Math.ceil(flags.length / 8));
  flags.forEach((flag, i) => {
    if (flag) bytes[i >> 3] |= 1 << (i & 7);
  });
  return Buffer.from(bytes).toString('base64');
}

/** The first `count` flags of `packFlags`. */
export function unpackFlags(packed: string, count: number): Uint8Array {
  const bytes = Buffer.from(packed, 'base64');
  return Uint8Array.from({ length: count }, (_, i) => (bytes[i >> 3] >> (i & 7)) & 1);
}
