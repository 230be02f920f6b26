import { type Device, openDevice } from '../engine/device.js';
import { agreedStop, openHosts, requireSame } from '../engine/hosts.js';
import type { InputSpec } from '../engine/step.js';
import type { Hosts } from '../engine/xla/hosts.js';
import { InputError } from '../errors.js';
import { adamwCorrections } from '../nn/optim/adamw.js';
import { rng } from '../random/rng.js';
import { type HostTensors, scalar } from '../runs/hostTensor.js';
import { inRunFolder, keepCheckpoint, newestCheckpoint, resumeRun } from '../runs/runFolder.js';
import { runSteps } from '../runs/runSteps.js';
import { checkEncoderConfig } from './checkEncoderConfig.js';
import { backbonesOf, type EncoderFacts, encoderForm, keepBest, type Score, writeEncoder } from './checkpoint.js';
import { compileTraining } from './compileTraining.js';
import type { EncoderConfig } from './config.js';
import { type CropsAt, chooseCropsAt } from './crops.js';
import type { ImageSource } from './imageSource.js';
import { type EncoderMetrics, openMetrics } from './metrics.js';
import { initTraining, objectiveOf, scheduleSpecs } from './objectives.js';
import { type Batches, openBatches } from './openBatches.js';
import { learningRateAt, teacherMomentumAt, teacherTemperatureAt, weightDecayAt } from './schedules.js';

export interface TrainedEncoder {
  /** parameters of the student's backbone, ready for `encode` */
  student: HostTensors;
  /** parameters of the teacher's backbone, where there is one */
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
  /**
   * On device `xla`: matrix products of factors rounded to bfloat16, summed in float32. By default all is in float32. (The
   * paper does not say; its published code trains in mixed precision.)
   */
  products?: 'float32' | 'bfloat16';
  /**
   * Where crops are cut; the draws are the same, pixels differ by rounding. By default on the device where that is a GPU or
   * `xla`, else on the host.
   */
  cropsAt?: CropsAt;
  /** stops after the running step, with a checkpoint */
  signal?: AbortSignal;
}

/**
 * Trains an encoder on generated images.
 *
 * With `out`, the run folder is kept that README.md beside this file describes; called again, the run goes on where its
 * newest checkpoint is, and ends with the same bits as a run that was never stopped, on the same machine and device. An
 * equal config and seed are required to go on, and the same images where they have an `identity`. The number of devices and hosts may change; it changes rounding.
 *
 * @throws InputError when loss or gradient stop being finite: it names the step; the last checkpoint is kept
 */
export async function trainEncoder(
  config: EncoderConfig,
  source: ImageSource,
  options: TrainOptions,
): Promise<TrainedEncoder> {
  checkEncoderConfig(config);
  const { out, seed } = options;
  const hosts = await openHosts(options.device);
  const writes = hosts.index === 0;
  return inRunFolder(writes ? out : undefined, async () => {
    const saved = out && resumeEncoder(out, { config, seed, source: source.identity });
    const from = saved ? saved.facts.step : 0;
    const run = { config, options, from, hosts, out: writes ? out : undefined, source: source.identity };
    if (saved && from >= config.steps) return finish(run, { state: saved.state, metrics: [], step: from });
    await requireSame(hosts, from, 'steps done when training starts');
    const { index, of, devices } = hosts;
    const { workers, cropsAt: asked } = options;
    const { device } = await openDevice(options.device);
    const cropsAt = chooseCropsAt(device, { asked, chunked: config.chunk !== undefined && devices === 1 });
    const batches = openBatches({ config, seed, host: { index, of }, cropsAt, source, from, workers });
    try {
      const state = saved ? saved.state : initTraining(rng(seed, 'encoder').child('init'), config);
      return await runTraining(run, { state, batches, cropsAt });
    } finally {
      await batches.close();
    }
  });
}

interface Run {
  config: EncoderConfig;
  options: TrainOptions;
  /** steps done before */
  from: number;
  hosts: Hosts;
  /** where files are written: of several hosts, number 0 does */
  out?: string;
  /** `identity` of the images */
  source?: string;
}

/**
 * The newest checkpoint of a run. (Older ones do not say of which images they are.)
 * @throws InputError if it was written with another config or seed, or on other images
 */
function resumeEncoder(out: string, now: Omit<EncoderFacts, 'step'>) {
  return resumeRun(out, encoderForm, {
    identity: ({ config, seed, source }) => ({ config, seed, source: now.source && (source ?? now.source) }),
    now,
  });
}

async function runTraining(
  run: Run,
  { state: start, batches, cropsAt }: { state: HostTensors; batches: Batches; cropsAt: CropsAt },
): Promise<TrainedEncoder> {
  const { config, from, hosts, out, options, source } = run;
  const { seed, device, evaluate, onStep, products, checkpointEvery = 200, keepCheckpoints } = options;
  const { devices } = hosts;
  const { signal, agree } = agreedStop(hosts, options.signal);
  await agree();
  const log = openMetrics(out, from);
  const history = [...log.earlier];
  const isRegular = (done: number) => done % checkpointEvery === 0 || done === config.steps;
  const facts = { seed, config, ...(source !== undefined && { source }) };
  const keep = (state: HostTensors, step: number) => ({ state, facts: { step, ...facts } });
  const { state, step } = await runSteps<HostTensors>({
    label: `training (${config.objective})`,
    from,
    until: config.steps,
    state: start,
    batches,
    open(first) {
      const inputs = specsOf(first, scheduleSpecs(config));
      return compileTraining(config, { state: start, inputs, device, devices, products, cropsAt });
    },
    inputs: (batch, at) => ({ ...batch, ...schedule(config, at) }),
    async report({ done, inputs, outputs, seconds, state }) {
      const measured = metricsOf(config, { step: done - 1, inputs, outputs, seconds });
      const isDue = evaluate && (done % evaluate.every === 0 || done === config.steps);
      if (isDue) measured.scores = { [evaluate.name]: await measure(evaluate, await state(), config) };
      history.push(measured);
      log.append(measured);
      onStep?.(measured);
      // The best checkpoint is written first: a run that is killed between the two does the step again, and chooses again.
      const mean = isRegular(done) ? meanLoss(history.slice(-checkpointEvery)) : undefined;
      const best = evaluate ? evaluated(measured) : mean;
      if (options.out && best) {
        const whole = await state(); // all hosts ask for it
        if (out) keepBest(out, keep(whole, done), best);
      }
      await agree();
      return noteOf(measured, inputs.labels.shape[0]);
    },
    due: isRegular,
    save(state, done) {
      if (out) keepCheckpoint(out, keep(state, done), { step: done, keep: keepCheckpoints });
    },
    signal,
    kept: out ? () => newestCheckpoint(out) : undefined,
  });
  // No host ends before host 0 has written its checkpoint: where one ends, schedulers end all.
  await requireSame(hosts, step, 'steps done when training ends');
  return finish(run, { state, metrics: history.slice(log.earlier.length), step });
}

/** What is returned, and of a whole run also written. */
function finish(
  { config, out, options: { seed } }: Run,
  { state, metrics, step }: { state: HostTensors; metrics: EncoderMetrics[]; step: number },
): TrainedEncoder {
  const backbones = backbonesOf(state);
  if (out && step >= config.steps) writeEncoder(out, backbones, { step, seed, config });
  return { ...backbones, metrics, step };
}

function evaluated({ scores }: EncoderMetrics): Score | undefined {
  const [first] = Object.entries(scores ?? {});
  return first && { metric: first[0], value: first[1], rises: true };
}

function meanLoss(lines: readonly EncoderMetrics[]): Score {
  return { metric: 'loss', value: lines.reduce((sum, { loss }) => sum + loss, 0) / lines.length, rises: false };
}

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
    parts: Object.fromEntries(
      objectiveOf(config)
        .parts(config)
        .map((part) => [part, value(part)]),
    ),
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
export function schedule(config: EncoderConfig, step: number): HostTensors {
  const { steps: total, warmup, ibot, dino, betas } = config;
  const [from, to] = config.weightDecay;
  const { correction1, correction2 } = adamwCorrections(step + 1, { betas });
  const values: Record<string, number> = {
    lr: learningRateAt(step, { total, warmup, peak: config.peakLearningRate }),
    weightDecay: weightDecayAt(step, { total, from, to }),
    correction1,
    correction2,
  };
  if (objectiveOf(config).hasTeacher) {
    const { teacherMomentum: start, teacherMomentumEnd: end } = config;
    values.momentum = teacherMomentumAt(step, { total, start, end });
  }
  if (ibot) values.teacherTemperature = teacherTemperatureAt(step, ibot.teacherTemperature);
  if (dino) values.imageTemperature = teacherTemperatureAt(step, dino.teacherTemperature);
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [name, scalar(value)]));
}

/** What `compile` wants to know of a batch and of the numbers beside it. */
export function specsOf(inputs: HostTensors, schedules: Record<string, InputSpec>): Record<string, InputSpec> {
  const batch = Object.entries(inputs).map(([name, { shape, dtype }]) => [name, { shape, dtype }]);
  return { ...Object.fromEntries(batch), ...schedules };
}
