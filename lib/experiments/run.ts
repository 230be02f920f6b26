import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import type { Device } from '../engine/device.js';
import { InputError } from '../errors.js';
import { stopSignal, throwIfInterrupted } from '../runs/cell.js';
import { readJson, readJsonLines, sha256, writeJson } from '../runs/files.js';
import { readEncoder } from '../synclr/checkpoint.js';
import type { EncoderConfig } from '../synclr/config.js';
import type { ImageSource } from '../synclr/imageSource.js';
import type { EncoderMetrics } from '../synclr/metrics.js';
import { trainEncoder } from '../synclr/train.js';
import { judgedEncoder } from '../tiers/judging/judged.js';
import { prepareTokenizer } from '../tiers/world/clipRun.js';
import { altTextsOf, openRealSource } from '../tiers/world/realSource.js';
import type { Tier } from '../tiers/world/settings.js';
import type { Metric } from './experiment.js';
import { findImageSet, openCut } from './imageSets.js';
import { openCutSource } from './imageSources.js';
import { nameOfRun, type RunMetrics, writeExperimentRecord } from './records.js';
import { scoreEncoder } from './score.js';
import { hashOfTraining, isReal, type RunSpec } from './spec.js';

/** A run that is to be done, as plain data: what a worker process is told. */
export interface PlannedRun {
  readonly spec: RunSpec;
  /** those asked for; all but segmentation come anyway */
  readonly metrics: readonly Metric[];
}

/** What all runs of a suite share, as plain data. */
export interface SuiteSettings {
  readonly tier: Tier;
  /** where image sets and run folders are */
  readonly work: string;
  /** where records go */
  readonly results: string;
  /** see `generatorHash` */
  readonly generator: string;
  /** threads of each run that prepare batches */
  readonly workers: number;
  /** training steps between two checkpoints */
  readonly checkpointEvery: number;
  /** where frozen encoders run when they are judged */
  readonly encodeOn: Device;
}

export interface RunOptions {
  /** where it is trained */
  readonly device?: Device;
  readonly signal?: AbortSignal;
  readonly onStep?: (metrics: EncoderMetrics) => void;
  readonly onStage?: (stage: Stage) => void;
  readonly log?: (line: string) => void;
}

export type Stage = 'training' | 'judging';

/** The folder of a run: checkpoints, metrics, encoder.safetensors, log.txt. */
export function folderOfRun(spec: RunSpec, { work, generator }: Pick<SuiteSettings, 'work' | 'generator'>): string {
  return path.join(work, 'runs', nameOfRun(spec, hashOfTraining(spec, generator)));
}

/**
 * Trains and judges one encoder and writes its record. A run that was stopped goes on from its checkpoint; one whose
 * encoder is there is only judged.
 * @returns the record's file and metrics, or null where `signal` stopped the run
 */
export async function runExperiment(
  run: PlannedRun,
  settings: SuiteSettings,
  { log = () => {}, onStage, ...options }: RunOptions = {},
): Promise<{ file: string; metrics: RunMetrics } | null> {
  const { spec, metrics: asked } = run;
  const signal = stopSignal(options.signal);
  const { tier, results, generator } = settings;
  const out = folderOfRun(spec, settings);
  const { source, config, inputs } = await openImages(spec, out, settings);
  const trained = path.join(out, 'trained.json');
  if (!existsSync(trained)) {
    onStage?.('training');
    log(`training: ${config.objective}, ${config.steps} steps`);
    const { step } = await trainEncoder(config, source, {
      seed: spec.seed,
      out,
      device: options.device,
      workers: settings.workers,
      checkpointEvery: settings.checkpointEvery,
      signal,
      onStep: options.onStep,
    });
    throwIfInterrupted(signal);
    if (step < config.steps) {
      log(`stopped after step ${step}`);
      return null;
    }
    writeJson(trained, { device: options.device ?? 'onnx' });
    removeCheckpoints(out);
  }
  const lines = readJsonLines<EncoderMetrics>(path.join(out, 'metrics.jsonl'));
  const trainSeconds = sum(lines.map(({ seconds }) => seconds));
  const last = lines.slice(-Math.ceil(config.steps / 10)).map(({ loss }) => loss);
  log(`trained in ${trainSeconds.toFixed(1)} s, judging`);
  onStage?.('judging');
  const before = performance.now();
  const { teacher, student, model } = readEncoder(out);
  const { objective: name, normalisation } = config;
  const judged = judgedEncoder({ name, params: teacher ?? student, model, normalisation });
  const scores = await scoreEncoder(judged, spec.scoring, {
    segmentation: asked.includes('segmentation'),
    device: settings.encodeOn,
    drawn: path.join(settings.work, 'scenes'),
    signal,
  }).catch((error) => {
    throwIfInterrupted(signal);
    if (signal?.aborted) return null;
    throw error;
  });
  if (!scores) {
    log('stopped while judging');
    return null;
  }
  const metrics: RunMetrics = {
    ...scores,
    loss: sum(last) / last.length,
    steps: config.steps,
    trainSeconds,
    scoreSeconds: (performance.now() - before) / 1000,
    trainedOn: readJson<{ device: string }>(trained).device,
    encodedOn: settings.encodeOn,
  };
  const encoder = sha256(readFileSync(path.join(out, 'encoder.safetensors')));
  const from: Record<string, string> = isReal(spec.images) ? {} : { generator };
  const file = writeExperimentRecord(results, { tier, spec, inputs: { ...from, ...inputs, encoder }, metrics });
  log(`record: ${file}`);
  return { file, metrics };
}

/** The training images, and the config with what follows from them: the vocabulary of a text tower. */
async function openImages(
  { images, encoder }: RunSpec,
  out: string,
  { work, generator }: SuiteSettings,
): Promise<{ source: ImageSource; config: EncoderConfig; inputs: Record<string, string> }> {
  if (isReal(images)) {
    const { config, words } = encoder.clip
      ? prepareTokenizer(out, encoder, { captions: await altTextsOf(images) })
      : { config: encoder, words: undefined };
    return { source: await openRealSource({ ...images, ...(words && { words }) }), config, inputs: {} };
  }
  const { count, imagesPerCaption } = images;
  const folder = findImageSet(work, images, generator);
  if (!folder) {
    throw new InputError({
      where: `pictures of ${images.captions} at guidance ${images.guidance}`,
      expected: `a finished set of ${count} captions × ${imagesPerCaption} in ${path.join(work, 'images')}`,
      found: 'none',
      fix: 'run the experiment without --skip-images, or with --only-images first',
    });
  }
  const { config, words } = encoder.clip
    ? prepareTokenizer(out, encoder, openCut(folder, images))
    : { config: encoder, words: undefined };
  const source = openCutSource({ folder, count, imagesPerCaption, words });
  return { source, config, inputs: { images: sha256(readFileSync(path.join(folder, 'manifest.json'))) } };
}

/** A finished run keeps its encoder; the state of its training is no longer needed, and large. */
function removeCheckpoints(out: string): void {
  for (const name of readdirSync(out)) {
    if (/^(checkpoint-\d+|best)\.safetensors((@[\w-]+)?\.\d+\.part)?$/.test(name)) rmSync(path.join(out, name));
  }
}

const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);
