import { realScenes, type SceneSet, worldConcepts } from '../data/index.js';
import type { Device } from '../engine/device.js';
import type { HostTensors } from '../engine/host.js';
import {
  type EvaluationTask,
  evaluateClassification,
  evaluateTasks,
  FINE_GRAINED_TASKS,
  type Interval,
  laptopLinearSegmentation,
  logSpacedLambdas,
  segment,
  segmentationScenes,
  type TaskScore,
} from '../evaluate/index.js';
import { type Normalisation, openEncoder, type VitConfig } from '../synclr/index.js';
import type { ScoringConfig } from './spec.js';

/** A share with its 95 % interval over the test rows; the encoder is held fixed. */
export type Scored = { readonly value: number } & Interval;

/** What is measured of an encoder. */
export interface Scores {
  /** `correct`: one bit a test row, lowest first, in base64 (`unpackFlags`): for paired comparisons. */
  readonly probe: Scored & { readonly test: number; readonly correct: string };
  /** nearest neighbours on the probe's pictures */
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
  const { size, probe, tasks, seed } = config;
  const encoder = await openEncoder(params, model, { normalisation, device });
  try {
    const extract = (images: Uint8Array) => encoder.encode(images);
    const { accuracy, interval, correct, knn } = await evaluateClassification(
      { extract, ...(await probeScenes(config)) },
      { lambdas: logSpacedLambdas(probe.lambdas) },
    );
    signal?.throwIfAborted();
    const judged = { name: 'encoder', hash: '', transform: '', size, extract };
    const rows = (await evaluateTasks(judged, tasksNamed(tasks.names), {
      share: tasks.share,
      lambdas: logSpacedLambdas(tasks.lambdas),
      seed,
      signal,
    })) as TaskScore[];
    return {
      probe: { value: accuracy, ...interval, test: correct.length, correct: packFlags(correct) },
      knn,
      tasks: rows.map(({ task, value, interval }) => ({ task, value, ...interval })),
      average: rows.reduce((sum, { value }) => sum + value, 0) / rows.length,
      ...(segmentation && { segmentation: await scoreSegmentation({ params, model }, config, signal) }),
    };
  } finally {
    await encoder.release();
  }
}

async function probeScenes({ concepts, size, probe, seed }: ScoringConfig) {
  const open = (split: 'train' | 'val' | 'test', count: number): Promise<SceneSet> =>
    realScenes({ split, concepts: worldConcepts({ count: concepts }), count, seed, size });
  return {
    train: await open('train', probe.train),
    validation: await open('val', probe.validation),
    test: await open('test', probe.test),
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
