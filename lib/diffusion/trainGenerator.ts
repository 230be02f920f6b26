import { appendFileSync, existsSync, mkdirSync, readFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { compile } from '../engine/compile.js';
import type { Device } from '../engine/device.js';
import { sha256, writeJson, writeWhole } from '../runs/files.js';
import type { OrderedItems } from '../runs/orderedWorkers.js';
import { progress } from '../runs/progress.js';
import type { CaptionCounts, CaptionedImages, GeneratorBatch } from './generatorBatch.js';
import {
  type GeneratorCheckpoint,
  type GeneratorRunConfig,
  hasGeneratorCheckpoint,
  readGeneratorCheckpoint,
  requireSameConfig,
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
  const { config, images, tokenizer, out, workers } = options;
  mkdirSync(out, { recursive: true });
  const start = openRun(options);
  const { model, training } = config;
  const batches = openGeneratorBatches({ config: model, training, tokenizer, images, from: start.step, workers });
  try {
    return await runSteps(options, { start, batches });
  } finally {
    await batches.close();
  }
}

async function runSteps(
  { config, tokenizer, out, device, signal, checkpointSeconds = 120, onStep, onCheckpoint }: GeneratorTrainOptions,
  { start, batches }: { start: GeneratorCheckpoint; batches: OrderedItems<GeneratorBatch> },
): Promise<GeneratorCheckpoint> {
  const { model, training } = config;
  const compiled = await compile(generatorStep(model, { clipNorm: training.clipNorm }), {
    state: start.state,
    inputs: generatorStepInputs(model, training.batch),
    constants: generatorConstants(model),
    finite: ['loss', 'gradNorm'],
    device,
    name: 'generator',
  });
  const bar = progress({ label: 'generator', total: training.steps, start: start.step });
  const began = Date.now();
  let { step, counts } = start;
  let saved = began;
  let pending: GeneratorStepReport[] = [];

  const checkpoint = async () => {
    const seconds = start.seconds + (Date.now() - began) / 1000;
    const { history } = start;
    const now = { step, state: await compiled.state(), config, tokenizer, counts, seconds, history };
    writeGeneratorCheckpoint(out, now);
    writeRunRecord(out, now, { device: compiled.device, sessionSteps: step - start.step, sessionBegan: began });
    await onCheckpoint?.(now);
    saved = Date.now();
    return now;
  };

  try {
    while (step < training.steps && !signal?.aborted) {
      const before = Date.now();
      const batch = await batches.next();
      // Finite or it throws, and the last checkpoint stays.
      const outputs = await compiled.run(batch.inputs);
      step++;
      counts = addCounts(counts, batch.counts);
      batches.giveBack(batch);
      const [loss, gradNorm] = [outputs.loss.data[0], outputs.gradNorm.data[0]];
      const report = { step, loss, gradNorm, seconds: (Date.now() - before) / 1000 };
      pending.push(report);
      if (step % LOSS_EVERY === 0 || step === training.steps) {
        appendLoss(out, pending, start.seconds + (Date.now() - began) / 1000);
        pending = [];
      }
      bar.tick(1, `loss ${loss.toFixed(4)}`);
      onStep?.(report);
      if (Date.now() - saved > checkpointSeconds * 1000) await checkpoint();
    }
    return await checkpoint();
  } finally {
    bar.done();
    await compiled.release();
  }
}

function addCounts(a: CaptionCounts, b: CaptionCounts): CaptionCounts {
  return {
    captions: a.captions + b.captions,
    truncated: a.truncated + b.truncated,
    withUnknown: a.withUnknown + b.withUnknown,
  };
}

/** The state to start from: that of the run in `out`, or a fresh one. */
function openRun({ config, tokenizer, out, allowChanges = [] }: GeneratorTrainOptions): GeneratorCheckpoint {
  const counts = { captions: 0, truncated: 0, withUnknown: 0 };
  if (!hasGeneratorCheckpoint(out)) {
    const state = generatorState(initGenerator(config.model, config.training.seed));
    writeWhole(path.join(out, 'loss.jsonl'), '');
    return { step: 0, state, config, tokenizer, counts, seconds: 0, history: [] };
  }
  const found = readGeneratorCheckpoint(out);
  const withTokens = (run: GeneratorRunConfig, json: TokenizerJson) => ({
    ...run,
    tokenizer: sha256(JSON.stringify(json)),
  });
  const changed = requireSameConfig(out, {
    saved: withTokens(found.config, found.tokenizer),
    given: withTokens(config, tokenizer),
    allowed: allowChanges,
  });
  trimLosses(out, found.step);
  const history = changed.length > 0 ? [...found.history, { step: found.step, changed }] : found.history;
  return { ...found, history };
}

function appendLoss(out: string, reports: readonly GeneratorStepReport[], seconds: number): void {
  const mean = (key: 'loss' | 'gradNorm') => reports.reduce((sum, r) => sum + r[key], 0) / reports.length;
  const line = {
    step: reports[reports.length - 1].step,
    loss: Number(mean('loss').toPrecision(6)),
    gradNorm: Number(mean('gradNorm').toPrecision(4)),
    seconds: Math.round(seconds),
  };
  appendFileSync(path.join(out, 'loss.jsonl'), `${JSON.stringify(line)}\n`);
}

/** Drops the lines of steps that a resumed run computes again. */
function trimLosses(out: string, step: number): void {
  const file = path.join(out, 'loss.jsonl');
  if (!existsSync(file)) return;
  const lines = readFileSync(file, 'utf8').split('\n').filter(Boolean);
  const kept = lines.filter((line) => JSON.parse(line).step <= step);
  writeWhole(file, kept.map((line) => `${line}\n`).join(''));
}

function writeRunRecord(
  out: string,
  { step, config, counts, seconds, history }: GeneratorCheckpoint,
  { device, sessionSteps, sessionBegan }: { device: Device; sessionSteps: number; sessionBegan: number },
): void {
  const sessionSeconds = (Date.now() - sessionBegan) / 1000;
  writeJson(path.join(out, 'run.json'), {
    what: 'training of the text-to-image model',
    step,
    images: step * config.training.batch,
    finished: step >= config.training.steps,
    seconds: Math.round(seconds),
    imagesPerSecond: Number(((sessionSteps * config.training.batch) / sessionSeconds).toPrecision(3)),
    captions: counts,
    device,
    machine: { cpu: os.cpus()[0]?.model, cores: os.availableParallelism(), node: process.version },
    history,
    config,
  });
}
