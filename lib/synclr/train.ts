import type { Device } from '../engine/device.js';
import type { InputSpec } from '../engine/step.js';
import { InputError } from '../errors.js';
import { adamwCorrections } from '../nn/optim/adamw.js';
import { rng } from '../random/rng.js';
import { type HostTensors, scalar } from '../runs/hostTensor.js';
import { progress } from '../runs/progress.js';
import type { ImageSource } from './batches.js';
import {
  backbonesOf,
  keepBest,
  newestCheckpoint,
  readCheckpoint,
  type Score,
  writeCheckpoint,
  writeEncoder,
} from './checkpoint.js';
import { compileTraining, type TrainingStep } from './compileTraining.js';
import { checkEncoderConfig, type EncoderConfig } from './config.js';
import { type EncoderMetrics, openMetrics } from './metrics.js';
import { initTraining, lossParts, scheduleSpecs } from './objectives.js';
import { type Batches, openBatches } from './openBatches.js';
import { learningRateAt, teacherMomentumAt, teacherTemperatureAt, weightDecayAt } from './schedules.js';

export interface TrainedEncoder {
  /** parameters of the student's backbone, ready for `encode` */
  student: HostTensors;
  /** parameters of the teacher's backbone (`synclr` only) */
  teacher: HostTensors | null;
  /** text tower, both projections and the scale of `clip`, for `openTextEncoder` and `openClipEncoder` */
  clip: HostTensors | null;
  /** the metrics of the steps done in this call */
  metrics: EncoderMetrics[];
  /** steps done in all; less than `config.steps` when the run was stopped */
  step: number;
}

/** A look at the backbone during training, the teacher's where there is one. */
export interface Evaluation {
  /** what its number is called in the metrics */
  name: string;
  /** after every so many steps, and after the last */
  every: number;
  /** A number, the higher the better. It must depend on its arguments alone, so that a resumed run repeats it. */
  measure(backbone: HostTensors, config: EncoderConfig): Promise<number>;
}

export interface TrainOptions {
  seed: number;
  /** the run folder */
  out?: string;
  device?: Device;
  /** threads that prepare batches (needs `ImageSource.opener`); their number changes nothing but the time */
  workers?: number;
  /** steps between two checkpoints */
  checkpointEvery?: number;
  /** how many of the newest checkpoints are kept */
  keepCheckpoints?: number;
  evaluate?: Evaluation;
  onStep?: (metrics: EncoderMetrics) => void;
  /** stops after the running step, with a checkpoint */
  signal?: AbortSignal;
}

/**
 * Trains an encoder on generated images.
 *
 * With `out`, the run folder is kept that README.md beside this file describes; called again, the run goes on where its
 * newest checkpoint is, and ends with the same bits as a run that was never stopped, on the same machine and device. An
 * equal config and seed are required to go on.
 *
 * @throws InputError when loss or gradient stop being finite: it names the step; the last checkpoint is kept
 */
export async function trainEncoder(
  config: EncoderConfig,
  source: ImageSource,
  options: TrainOptions,
): Promise<TrainedEncoder> {
  checkEncoderConfig(config);
  const { seed, out, workers } = options;
  const saved = out ? readCheckpoint(out, { config, seed }) : null;
  const from = saved?.step ?? 0;
  if (saved && from >= config.steps) return finish(config, options, { state: saved.state, metrics: [], step: from });
  const batches = openBatches({ config, seed, source, from, workers });
  try {
    const state = saved?.state ?? initTraining(rng(seed, 'encoder').child('init'), config);
    return await runSteps(config, options, { from, state, batches });
  } finally {
    await batches.close();
  }
}

async function runSteps(
  config: EncoderConfig,
  options: TrainOptions,
  { from, state, batches }: { from: number; state: HostTensors; batches: Batches },
): Promise<TrainedEncoder> {
  const { out, device, evaluate, onStep, signal } = options;
  // The first batch also tells the shapes of all inputs.
  let batch = await batches.next();
  const compiled = await compileTraining(config, { state, inputs: specsOf(batch, scheduleSpecs(config)), device });
  const log = openMetrics(out, from);
  const history = [...log.earlier];
  const bar = progress({ label: `training (${config.objective})`, total: config.steps, start: from });
  let step = from;
  try {
    while (step < config.steps && !signal?.aborted) {
      const began = performance.now();
      if (step > from) batch = await batches.next();
      const inputs = { ...batch, ...schedule(config, step) };
      const outputs = await runStep(compiled, inputs, { step, out });
      const measured = metricsOf(config, { step, inputs, outputs, seconds: (performance.now() - began) / 1000 });
      step++;
      if (evaluate && (step % evaluate.every === 0 || step === config.steps)) {
        measured.scores = { [evaluate.name]: await measure(evaluate, await compiled.state(), config) };
      }
      history.push(measured);
      log.record(measured);
      onStep?.(measured);
      bar.tick(1, noteOf(measured, batch.crops.shape[0]));
      batches.giveBack(batch);
      await saveDue(config, options, { step, history, state: () => compiled.state() });
    }
    const metrics = history.slice(log.earlier.length);
    bar.done(metrics.length > 0 ? `loss ${metrics[metrics.length - 1].loss.toFixed(3)}` : undefined);
    return finish(config, options, { state: await compiled.state(), metrics, step });
  } finally {
    await compiled.release();
  }
}

/** What is returned, and of a whole run also written. */
function finish(
  config: EncoderConfig,
  { out, seed }: TrainOptions,
  { state, metrics, step }: { state: HostTensors; metrics: EncoderMetrics[]; step: number },
): TrainedEncoder {
  const result = { ...backbonesOf(state), metrics, step };
  if (out && step >= config.steps) writeEncoder(out, { ...result, seed, config });
  return result;
}

/**
 * Writes what is due after a step. The best checkpoint is written first: a run that is killed between the two does the
 * step again, and chooses again.
 */
async function saveDue(
  config: EncoderConfig,
  { out, seed, signal, evaluate, checkpointEvery = 200, keepCheckpoints }: TrainOptions,
  { step, history, state }: { step: number; history: EncoderMetrics[]; state: () => Promise<HostTensors> },
): Promise<void> {
  const regular = step % checkpointEvery === 0 || step === config.steps;
  const due = regular || signal?.aborted;
  const best = evaluate
    ? evaluated(history[history.length - 1])
    : regular && { metric: 'loss', value: meanLoss(history.slice(-checkpointEvery)), rises: false };
  if (!out || !(due || best)) return;
  const saved = { state: await state(), step, seed, config };
  if (best) keepBest(out, saved, best);
  if (due) writeCheckpoint(out, saved, { keep: keepCheckpoints });
}

function evaluated({ scores }: EncoderMetrics): Score | undefined {
  const [first] = Object.entries(scores ?? {});
  return first && { metric: first[0], value: first[1], rises: true };
}

const meanLoss = (lines: readonly EncoderMetrics[]) => lines.reduce((sum, { loss }) => sum + loss, 0) / lines.length;

async function measure({ name, measure }: Evaluation, state: HostTensors, config: EncoderConfig): Promise<number> {
  const { teacher, student } = backbonesOf(state);
  const value = await measure(teacher ?? student, config);
  if (Number.isFinite(value)) return value;
  throw new InputError({
    where: `evaluation ${name}`,
    expected: 'a finite number',
    found: String(value),
    fix: 'let `measure` return how good the backbone is',
  });
}

function metricsOf(
  config: EncoderConfig,
  { step, inputs, outputs, seconds }: { step: number; inputs: HostTensors; outputs: HostTensors; seconds: number },
): EncoderMetrics {
  const value = (name: string) => outputs[name].data[0];
  return {
    step,
    loss: value('loss'),
    parts: Object.fromEntries(lossParts(config).map((part) => [part, value(part)])),
    lr: inputs.lr.data[0],
    gradNorm: value('gradNorm'),
    seconds,
  };
}

function noteOf({ loss, seconds, scores = {} }: EncoderMetrics, images: number): string {
  const measured = Object.entries(scores).map(([name, value]) => ` · ${name} ${value.toFixed(3)}`);
  return `${Math.round(images / seconds)} images/s · loss ${loss.toFixed(3)}${measured.join('')}`;
}

/** The numbers that change from step to step; bias corrections count updates from 1. */
function schedule(config: EncoderConfig, step: number): HostTensors {
  const { objective, steps: total, warmup, ibot, dino, betas } = config;
  const [from, to] = config.weightDecay;
  const { correction1, correction2 } = adamwCorrections(step + 1, { betas });
  const values: Record<string, number> = {
    lr: learningRateAt(step, { total, warmup, peak: config.peakLearningRate }),
    weightDecay: weightDecayAt(step, { total, from, to }),
    correction1,
    correction2,
  };
  if (objective === 'synclr') {
    const { teacherMomentum: start, teacherMomentumEnd: end } = config;
    values.momentum = teacherMomentumAt(step, { total, start, end });
  }
  if (ibot) values.teacherTemperature = teacherTemperatureAt(step, ibot.teacherTemperature);
  if (dino) values.imageTemperature = teacherTemperatureAt(step, dino.teacherTemperature);
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [name, scalar(value)]));
}

function specsOf(inputs: HostTensors, schedules: Record<string, InputSpec>): Record<string, InputSpec> {
  const batch = Object.entries(inputs).map(([name, { shape, dtype }]) => [name, { shape, dtype }]);
  return { ...Object.fromEntries(batch), ...schedules };
}

async function runStep(
  compiled: TrainingStep,
  inputs: HostTensors,
  { step, out }: { step: number; out?: string },
): Promise<HostTensors> {
  try {
    return await compiled.run(inputs);
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    const last = out && newestCheckpoint(out);
    // The compiled step counts from the last start; the reader wants the step of the run.
    throw new InputError({
      where: `training step ${step}`,
      expected: error.expected,
      found: error.found,
      fix: `${error.fix}; ${last ? `the last checkpoint is ${last}` : 'no checkpoint was written yet'}`,
    });
  }
}
