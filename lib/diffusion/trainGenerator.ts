import os from 'node:os';
import path from 'node:path';
import { compile } from '../engine/compile.js';
import type { Device } from '../engine/device.js';
import { writeJson } from '../runs/files.js';
import type { OrderedItems } from '../runs/orderedWorkers.js';
import { inRunFolder, newestCheckpoint } from '../runs/runFolder.js';
import { everySeconds, runSteps } from '../runs/runSteps.js';
import { openStepLines } from '../runs/stepLines.js';
import type { CaptionCounts, CaptionedImages, GeneratorBatch } from './generatorBatch.js';
import {
  type GeneratorCheckpoint,
  type GeneratorRunConfig,
  resumeGenerator,
  writeGeneratorCheckpoint,
} from './generatorCheckpoint.js';
import { generatorConstants, initGenerator } from './generatorModel.js';
import { generatorState, generatorStep, generatorStepInputs } from './generatorStep.js';
import { openGeneratorBatches } from './openGeneratorBatches.js';
import type { TokenizerJson } from './tokenizerJson.js';

export interface GeneratorStepReport {
  /** steps done */
  step: number;
  loss: number;
  gradNorm: number;
  /** seconds this step took, its data included */
  seconds: number;
}

/** A mean of the loss over `LOSS_EVERY` steps is one line of loss.jsonl. */
const LOSS_EVERY = 10;

export interface GeneratorTrainOptions {
  config: GeneratorRunConfig;
  /** captioned pictures, each a function of the stream it is given */
  images: CaptionedImages;
  tokenizer: TokenizerJson;
  /** the run folder */
  out: string;
  device?: Device;
  /** threads that prepare batches (they need `images.opener`); their number changes nothing but the time */
  workers?: number;
  /** stops after the running step, with a checkpoint */
  signal?: AbortSignal;
  /** settings that may differ from those of the run found in `out`, e.g. `training.steps`, `data.captions` */
  allowChanges?: readonly string[];
  checkpointSeconds?: number;
  onStep?: (report: GeneratorStepReport) => void;
  /** called after a checkpoint was written */
  onCheckpoint?: (checkpoint: GeneratorCheckpoint) => Promise<void>;
}

/**
 * Trains the generator in the folder `out`, or goes on with the run found there, and returns when all steps are done or
 * `signal` is aborted; both leave a checkpoint. An interrupted and resumed run computes the same bits as one that was
 * not interrupted (same machine, same version, same number of threads).
 *
 * `out` holds checkpoint.safetensors (weights, averages, moments, step), loss.jsonl and run.json.
 *
 * @throws InputError when settings differ, or when loss or gradient are not finite (the last checkpoint is kept)
 */
export async function trainGenerator(options: GeneratorTrainOptions): Promise<GeneratorCheckpoint> {
  const { config, images, tokenizer, out, workers, allowChanges: allow } = options;
  const { model, training } = config;
  return inRunFolder(out, async () => {
    const start = resumeGenerator(out, { config, tokenizer, allow }) ?? {
      step: 0,
      state: generatorState(initGenerator(model, training.seed)),
      config,
      tokenizer,
      counts: { captions: 0, truncated: 0, withUnknown: 0 },
      seconds: 0,
      history: [],
      pending: [],
    };
    const batches = openGeneratorBatches({ config: model, training, tokenizer, images, from: start.step, workers });
    try {
      return await runTraining(options, { start, batches });
    } finally {
      await batches.close();
    }
  });
}

async function runTraining(
  { config, out, device, signal, checkpointSeconds = 120, onStep, onCheckpoint }: GeneratorTrainOptions,
  { start, batches }: { start: GeneratorCheckpoint; batches: OrderedItems<GeneratorBatch> },
): Promise<GeneratorCheckpoint> {
  const { model, training } = config;
  const losses = openStepLines(path.join(out, 'loss.jsonl'), (step) => step <= start.step);
  const began = Date.now();
  const secondsOfSession = () => (Date.now() - began) / 1000;
  let now = start;
  let ranOn: Device | undefined;
  await runSteps({
    label: 'generator',
    from: start.step,
    until: training.steps,
    state: start.state,
    batches,
    async open() {
      const compiled = await compile(generatorStep(model, { clipNorm: training.clipNorm }), {
        state: start.state,
        inputs: generatorStepInputs(model, training.batch),
        constants: generatorConstants(model),
        finite: ['loss', 'gradNorm'],
        device,
        name: 'generator',
      });
      ranOn = compiled.device;
      return compiled;
    },
    inputs: ({ inputs }) => inputs,
    report({ done: step, batch, outputs, seconds }) {
      const [loss, gradNorm] = [outputs.loss.data[0], outputs.gradNorm.data[0]];
      const pending = [...now.pending, { loss, gradNorm }];
      const isLine = step % LOSS_EVERY === 0 || step === training.steps;
      if (isLine) losses.append(lossLine(step, pending, start.seconds + secondsOfSession()));
      now = { ...now, step, counts: addCounts(now.counts, batch.counts), pending: isLine ? [] : pending };
      onStep?.({ step, loss, gradNorm, seconds });
      return `loss ${loss.toFixed(4)}`;
    },
    due: everySeconds(checkpointSeconds),
    async save(state) {
      now = { ...now, state, seconds: start.seconds + secondsOfSession() };
      writeRunRecord(out, now, { device: ranOn, steps: now.step - start.step, seconds: secondsOfSession() });
      writeGeneratorCheckpoint(out, now);
      await onCheckpoint?.(now);
    },
    signal,
    kept: () => newestCheckpoint(out),
  });
  return now;
}

function addCounts(a: CaptionCounts, b: CaptionCounts): CaptionCounts {
  return {
    captions: a.captions + b.captions,
    truncated: a.truncated + b.truncated,
    withUnknown: a.withUnknown + b.withUnknown,
  };
}

/** Means over the steps since the line before. */
function lossLine(step: number, steps: GeneratorCheckpoint['pending'], seconds: number) {
  const mean = (key: 'loss' | 'gradNorm') => steps.reduce((sum, one) => sum + one[key], 0) / steps.length;
  return {
    step,
    loss: Number(mean('loss').toPrecision(6)),
    gradNorm: Number(mean('gradNorm').toPrecision(4)),
    seconds: Math.round(seconds),
  };
}

function writeRunRecord(
  out: string,
  { step, config, counts, seconds, history }: GeneratorCheckpoint,
  session: { device?: Device; steps: number; seconds: number },
): void {
  writeJson(path.join(out, 'run.json'), {
    what: 'training of the text-to-image model',
    step,
    images: step * config.training.batch,
    finished: step >= config.training.steps,
    seconds: Math.round(seconds),
    imagesPerSecond: Number(((session.steps * config.training.batch) / session.seconds).toPrecision(3)),
    captions: counts,
    device: session.device,
    machine: { cpu: os.cpus()[0]?.model, cores: os.availableParallelism(), node: process.version },
    history,
    config,
  });
}
