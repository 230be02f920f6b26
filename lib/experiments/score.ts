import { type RealSplit, realScenes, worldConcepts } from '../data/index.js';
import type { Device } from '../engine/device.js';
import {
  accuracy,
  type EvaluationTask,
  type ExtractFeatures,
  evaluateTasks,
  extractFeatures,
  type FeatureSet,
  FINE_GRAINED_TASKS,
  type Interval,
  laptopLinearSegmentation,
  logSpacedLambdas,
  predictNearestNeighbours,
  scoreClassifier,
  segment,
  segmentationScenes,
  sweepLogisticRegression,
  type TaskScore,
} from '../evaluate/index.js';
import type { Normalisation } from '../pictures/index.js';
import type { HostTensors } from '../runs/hostTensor.js';
import { openEncoder, type VitConfig } from '../synclr/index.js';
import type { ScoringConfig } from './spec.js';

/** A share with its 95 % interval over the test rows; the encoder is held fixed. */
export type Scored = { readonly value: number } & Interval;

/** `correct`: one bit a test row, lowest first, in base64 (`unpackFlags`): for paired comparisons. */
export type Tested = Scored & { readonly test: number; readonly correct: string };

/** What is measured of an encoder. */
export interface Scores {
  /** new scenes of drawings that the classifier knows */
  readonly probe: Tested;
  /** scenes of drawings that nobody has seen */
  readonly unseen: Tested;
  /** nearest neighbours of the pictures of `probe`, among the classifier's training pictures */
  readonly knn: number;
  readonly tasks: readonly ({ readonly task: string } & Scored)[];
  /** mean over the tasks */
  readonly average: number;
  readonly segmentation?: Scored;
}

/** A frozen backbone, and how its pictures were normalised in training. */
export interface JudgedBackbone {
  readonly params: HostTensors;
  readonly model: VitConfig;
  readonly normalisation: Normalisation;
}

/**
 * Judges a frozen encoder on real scenes. All is computed on the CPU by ONNX Runtime, wherever the encoder was trained; only
 * its features may be had from another device.
 * @param segmentation whether the dense head is trained too
 */
export async function scoreEncoder(
  { params, model, normalisation }: JudgedBackbone,
  config: ScoringConfig,
  {
    segmentation = false,
    device = 'onnx',
    signal,
  }: { segmentation?: boolean; device?: Device; signal?: AbortSignal } = {},
): Promise<Scores> {
  const { size, tasks, seed } = config;
  const encoder = await openEncoder(params, model, { normalisation, device });
  try {
    const extract = (images: Uint8Array) => encoder.encode(images);
    const classified = await classifyScenes(extract, config);
    signal?.throwIfAborted();
    const judged = { name: 'encoder', hash: '', transform: '', size, extract };
    const rows = (await evaluateTasks(judged, tasksNamed(tasks.names), {
      share: tasks.share,
      lambdas: logSpacedLambdas(tasks.lambdas),
      seed,
      signal,
    })) as TaskScore[];
    return {
      ...classified,
      tasks: rows.map(({ task, value, interval }) => ({ task, value, ...interval })),
      average: rows.reduce((sum, { value }) => sum + value, 0) / rows.length,
      ...(segmentation && { segmentation: await scoreSegmentation({ params, model }, config, signal) }),
    };
  } finally {
    await encoder.release();
  }
}

/**
 * Logistic regression, trained on scenes of two drawings of each concept and tested twice: on the same drawings before other
 * backgrounds, in poses of their own, and on the concept's third drawing (`realAllowance`).
 */
async function classifyScenes(
  extract: ExtractFeatures,
  { concepts, size, probe, seed }: ScoringConfig,
): Promise<Pick<Scores, 'probe' | 'unseen' | 'knn'>> {
  const scenes = async (split: RealSplit, count: number, sceneSeed = seed) =>
    extractFeatures(
      extract,
      await realScenes({ split, concepts: worldConcepts({ count: concepts }), count, seed: sceneSeed, size }),
    );
  const [train, validation] = [await scenes('train', probe.train), await scenes('val', probe.validation)];
  // λ is chosen on `validation`; the test has other scenes of the same split.
  const [test, unseen] = [await scenes('val', probe.test, seed + 1), await scenes('test', probe.unseen)];
  const sweep = await sweepLogisticRegression(train, validation, { lambdas: logSpacedLambdas(probe.lambdas) });
  const tested = (features: FeatureSet): Tested => {
    const { accuracy: value, interval, correct } = scoreClassifier(sweep, features);
    return { value, ...interval, test: features.count, correct: packFlags(correct) };
  };
  return {
    probe: tested(test),
    unseen: tested(unseen),
    knn: accuracy(predictNearestNeighbours(train, test), test.labels),
  };
}

const tasksNamed = (names: readonly string[]): EvaluationTask[] =>
  FINE_GRAINED_TASKS.filter(({ name }) => names.includes(name));

/** mIoU of a linear classifier of the frozen patch tokens, of its last step. */
async function scoreSegmentation(
  { params, model }: Pick<JudgedBackbone, 'params' | 'model'>,
  { concepts, size, segmentation: { train, test, steps }, seed }: ScoringConfig,
  signal?: AbortSignal,
): Promise<Scored> {
  const scenes = (split: 'train' | 'test', count: number) =>
    segmentationScenes({ split, concepts: worldConcepts({ count: concepts }), count, seed, size });
  const sets = { train: await scenes('train', train), test: await scenes('test', test) };
  const settings = {
    ...laptopLinearSegmentation,
    steps,
    warmup: Math.ceil(steps / 10),
    crop: size,
    shorterSide: size,
    longerSide: 4 * size,
    stride: Math.round((2 * size) / 3),
    evaluateEvery: steps,
  };
  const { last } = await segment({ params, config: model }, sets, settings, { seed, device: 'onnx', signal });
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
