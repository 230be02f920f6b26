import type { InputSpec } from '../engine/compile.js';
import type { Device } from '../engine/device.js';
import { type HostTensors, scalar } from '../engine/host.js';
import { InputError } from '../errors.js';
import { withoutPrefix } from '../nn/names.js';
import { adamwCorrections } from '../nn/optim/adamw.js';
import { rng } from '../random/rng.js';
import { progress } from '../runs/progress.js';
import { batchOfStep, type ImageSource } from './batches.js';
import { readCheckpoint, startMetrics, writeCheckpoint, writeEncoder } from './checkpoint.js';
import { compileTraining, type TrainingStep } from './compileTraining.js';
import { checkEncoderConfig, type EncoderConfig } from './config.js';
import { initTraining, lossParts, scheduleSpecs } from './objectives.js';
import { learningRateAt, teacherMomentumAt, teacherTemperatureAt, weightDecayAt } from './schedules.js';

export interface EncoderMetrics {
  step: number;
  loss: number;
  /** the losses that were summed, by name */
  parts: Record<string, number>;
  lr: number;
  gradNorm: number;
  /** seconds spent on the step, preparing its batch included */
  seconds: number;
}

export interface TrainedEncoder {
  /** parameters of the student's backbone, ready for `encode` */
  student: HostTensors;
  /** parameters of the teacher's backbone (`synclr` only) */
  teacher: HostTensors | null;
  /** the metrics of the steps done in this call */
  metrics: EncoderMetrics[];
  /** steps done in all; less than `config.steps` when the run was stopped */
  step: number;
}

/**
 * Trains an encoder on generated images.
 *
 * With `out`, a folder, the run keeps `checkpoint.safetensors` (everything to go on with), `metrics.jsonl` and at the end
 * `encoder.safetensors`; called again, it goes on where the checkpoint is, and ends with the same bits as a run that was
 * never stopped, on the same machine and device. An equal config and seed are required to go on.
 *
 * @throws InputError when loss or gradient stop being finite: it names the step; the last checkpoint is kept
 */
export async function trainEncoder(
  config: EncoderConfig,
  source: ImageSource,
  {
    seed,
    out,
    device,
    checkpointEvery = 200,
    onStep,
    signal,
  }: {
    seed: number;
    out?: string;
    device?: Device;
    checkpointEvery?: number;
    onStep?: (metrics: EncoderMetrics) => void;
    /** stops after the running step, with a checkpoint */
    signal?: AbortSignal;
  },
): Promise<TrainedEncoder> {
  checkEncoderConfig(config);
  const stream = rng(seed, 'encoder');
  const data = stream.child('data');
  const saved = out ? readCheckpoint(out, { config, seed }) : null;
  let step = saved?.step ?? 0;
  const record = startMetrics(out, step);
  const metrics: EncoderMetrics[] = [];
  const finish = (state: HostTensors): TrainedEncoder => {
    const teacher = withoutPrefix(state, 'teacher.backbone.');
    const student = withoutPrefix(state, 'student.backbone.');
    delete student.mask_token;
    return { student, teacher: Object.keys(teacher).length > 0 ? teacher : null, metrics, step };
  };
  if (saved && step >= config.steps) return finish(saved.state);

  // The first batch also tells the shapes of all inputs.
  const prepare = async (at: number) => ({ ...(await batchOfStep(data, at, source, config)), ...schedule(config, at) });
  let inputs: HostTensors = await prepare(step);
  const compiled = await compileTraining(config, {
    state: saved?.state ?? initTraining(stream.child('init'), config),
    inputs: specsOf(inputs, scheduleSpecs(config)),
    device,
  });
  const save = (state: HostTensors) => out && writeCheckpoint(out, { state, step, seed, config });
  const bar = progress({ label: `training (${config.objective})`, total: config.steps, start: step });
  try {
    for (; step < config.steps && !signal?.aborted; ) {
      const began = performance.now();
      if (metrics.length > 0) inputs = await prepare(step);
      const outputs = await runStep(compiled, inputs, { step, out });
      const value = (name: string) => outputs[name].data[0];
      const measured: EncoderMetrics = {
        step,
        loss: value('loss'),
        parts: Object.fromEntries(lossParts(config).map((part) => [part, value(part)])),
        lr: inputs.lr.data[0],
        gradNorm: value('gradNorm'),
        seconds: (performance.now() - began) / 1000,
      };
      step++;
      metrics.push(measured);
      record(measured);
      onStep?.(measured);
      bar.tick(1, `loss ${measured.loss.toFixed(3)}`);
      if (step % checkpointEvery === 0 && step < config.steps) save(compiled.state());
    }
    const state = compiled.state();
    save(state);
    const result = finish(state);
    if (out && step >= config.steps) writeEncoder(out, { ...result, seed, config });
    bar.done(metrics.length > 0 ? `loss ${metrics[metrics.length - 1].loss.toFixed(3)}` : undefined);
    return result;
  } finally {
    await compiled.release();
  }
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
  if (objective === 'synclr') values.momentum = teacherMomentumAt(step, { total, start: config.teacherMomentum });
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
    // The compiled step counts from the last start; the reader wants the step of the run.
    throw new InputError({
      where: `training step ${step}`,
      expected: error.expected,
      found: error.found,
      fix: `${error.fix}; ${out ? `the last checkpoint is ${out}/checkpoint.safetensors` : 'give `out` to keep checkpoints'}`,
    });
  }
}
