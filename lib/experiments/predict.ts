import type { SplitSizes } from '../evaluate/tasks/task.js';
import { hashOfConfig } from '../runs/record.js';
import type { EncoderConfig } from '../synclr/config.js';
import { objectiveOf } from '../synclr/objectives.js';
import { forwardOperations } from '../synclr/operations.js';
import type { PlanEntry } from './plan.js';
import { type ExperimentRecord, specOfRecord } from './records.js';
import type { GeneratedImages, ScoringConfig } from './spec.js';

/** Those of a training step: forward and backward, and forward of the teacher. Heads and text towers are left out. */
export function operationsOfStep(encoder: EncoderConfig): number {
  const { model, crops, captions, imagesPerCaption } = encoder;
  const { cropsPerImage, hasTeacher } = objectiveOf(encoder);
  const images = captions * imagesPerCaption * cropsPerImage;
  const global = forwardOperations(model, model.image);
  const local = crops.locals * forwardOperations(model, crops.local.size);
  const teacher = hasTeacher ? global : 0;
  return images * (3 * (global + local) + teacher);
}

/** Operations a second of one thread: measured with ONNX Runtime on the laptop tier's training step, AVX-512. */
const RATE = 70e9;

/** Seconds of a generated picture and denoising step, with guidance, on one thread: measured on a busy machine. */
const PICTURE_STEP = 0.011;

/** Seconds of a classifier's fits and of drawing scenes, beside the encoder's passes. */
const FITS = 12;

/** What a run would take on one process of this machine's CPU, in seconds: as its like did on one, else by counting operations. */
export function secondsOfRun(
  { spec: { encoder, scoring }, metrics }: Pick<PlanEntry, 'spec' | 'metrics'>,
  { records, threads }: { records: readonly ExperimentRecord[]; threads: number },
): { train: number; score: number } {
  const hash = hashOfConfig(encoder);
  const onCpu = records.filter(({ metrics: { trainedOn } }) => trainedOn === 'onnx');
  const alike = onCpu.filter((record) => hashOfConfig(specOfRecord(record).encoder) === hash);
  if (alike.length > 0) {
    const middle = (values: number[]) => values.sort((a, b) => a - b)[Math.floor(values.length / 2)];
    return {
      train: middle(alike.map((record) => record.metrics.trainSeconds)),
      score: middle(alike.map((record) => record.metrics.scoreSeconds)),
    };
  }
  const rate = RATE * threads;
  const pictures = picturesJudged(scoring, metrics.includes('segmentation'));
  return {
    train: (encoder.steps * operationsOfStep(encoder)) / rate,
    score: (pictures * forwardOperations(encoder.model, scoring.size)) / rate + FITS,
  };
}

function picturesJudged({ probe, unnamed, tasks, segmentation }: ScoringConfig, dense: boolean): number {
  const splits = ({ train, validation, test }: SplitSizes) => train + validation + test;
  const ofTask = 'share' in tasks ? 1900 * tasks.share : splits(tasks);
  const ofSegmentation = dense ? 16 * segmentation.steps + segmentation.test : 0;
  const ofOthers = unnamed ? splits(unnamed) : 0;
  return splits(probe) + probe.unseen + ofOthers + tasks.names.length * ofTask + ofSegmentation;
}

/** Seconds of one thread for an image set. */
export function secondsOfImages({ count, imagesPerCaption, steps }: GeneratedImages): number {
  return count * imagesPerCaption * steps * PICTURE_STEP;
}
