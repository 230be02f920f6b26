import { rmSync } from 'node:fs';
import path from 'node:path';
import type { NormalisationName } from '../../pictures/normalise.js';
import { synclrCrops } from '../../pictures/recipes.js';
import { rng } from '../../random/rng.js';
import { stopSignal, throwIfInterrupted } from '../../runs/cell.js';
import { readJsonLines, sha256 } from '../../runs/files.js';
import type { HostTensors } from '../../runs/hostTensor.js';
import { METHODS } from '../../runs/methods.js';
import { projectPath, runsPath } from '../../runs/paths.js';
import { type RunRecord, readRunRecord } from '../../runs/record.js';
import { readEncoder } from '../../synclr/checkpoint.js';
import { type EncoderConfig, laptopSynclr } from '../../synclr/config.js';
import type { EncoderMetrics } from '../../synclr/metrics.js';
import { type TrainedEncoder, trainEncoder } from '../../synclr/train.js';
import { initVit, type VitConfig } from '../../synclr/vit.js';
import { imageSource } from './imageSource.js';
import { liveImages } from './images.js';
import { type Tier, tierSettings } from './settings.js';

/** The laptop tier's committed encoders, by objective, best first. */
export const LAPTOP_ENCODERS = ['synclr', 'stablerep'] as const;
export type LaptopEncoder = (typeof LAPTOP_ENCODERS)[number];

const folderOf = (objective: LaptopEncoder) => projectPath('data', 'models', `encoder-${objective}`);

/** A frozen backbone, ready for `encode`. */
export interface FrozenEncoder {
  name: string;
  params: HostTensors;
  model: VitConfig;
  /** what its pictures were normalised with in training */
  normalisation: NormalisationName;
}

/** The training that notebook 03 runs live: the laptop's SynCLR for a few steps, or a toy at smoke size. */
export function liveTraining(tier: Tier): EncoderConfig {
  const { liveSteps: steps, size } = tierSettings(tier);
  const { model, head, ibot } = laptopSynclr;
  const sizes: Record<Tier, Partial<EncoderConfig>> = {
    laptop: { captions: 16, warmup: Math.ceil(steps / 10) },
    smoke: {
      model: { ...model, image: size, width: 48, depth: 2, heads: 2 },
      head: { ...head, hidden: 64, output: 32 },
      crops: synclrCrops({ size, localSize: 16, downsample: 0 }),
      ibot: ibot && { ...ibot, head: { hidden: 64, bottleneck: 32, prototypes: 64 } },
      captions: 8,
      warmup: 3,
    },
  };
  return { ...laptopSynclr, ...sizes[tier], steps };
}

/**
 * Trains `liveTraining` on images made live from the tier's captions. A training that was stopped goes on where it was; one
 * that is done begins anew.
 */
export async function trainLive(tier: Tier, options: { seed?: number; root?: string } = {}): Promise<TrainedEncoder> {
  const { seed = 0, root = runsPath(tier) } = options;
  const images = await liveImages(tier, options);
  const config = liveTraining(tier);
  const identity = sha256(JSON.stringify([config, images.config, seed])).slice(0, 12);
  const out = path.join(root, `encoder-live-${identity}`);
  const signal = stopSignal();
  const trained = await trainEncoder(config, imageSource(images), { seed, out, signal });
  throwIfInterrupted(signal);
  const metrics = readJsonLines<EncoderMetrics>(path.join(out, 'metrics.jsonl'));
  rmSync(out, { recursive: true, force: true });
  return { ...trained, metrics };
}

/** The encoder of `trainLive`: the teacher's backbone, where there is one. */
export async function liveEncoder(tier: Tier, options: { seed?: number; root?: string } = {}): Promise<FrozenEncoder> {
  const { teacher, student } = await trainLive(tier, options);
  const { objective, model, normalisation } = liveTraining(tier);
  return { name: METHODS[objective].name, params: teacher ?? student, model, normalisation };
}

/** One of the laptop tier's encoders, trained on generated images alone: the EMA teacher's backbone where there is one. */
export function laptopEncoder(objective: LaptopEncoder): FrozenEncoder {
  const { teacher, student, model, config } = readEncoder(folderOf(objective));
  const { normalisation } = config;
  return { name: METHODS[objective].name, params: teacher ?? student, model, normalisation };
}

/** What is kept of the training run of one of the laptop tier's encoders: its settings, inputs and last numbers. */
export function encoderRecord(objective: LaptopEncoder): RunRecord {
  return readRunRecord(path.join(folderOf(objective), 'record.json'));
}

/** What is kept of the training runs of the laptop tier: their records, and their metrics over the steps. */
export function encoderRecords(): { name: string; record: RunRecord; metrics: EncoderMetrics[] }[] {
  return LAPTOP_ENCODERS.map((objective) => ({
    name: METHODS[objective].name,
    record: encoderRecord(objective),
    metrics: readJsonLines(path.join(folderOf(objective), 'metrics.jsonl')),
  }));
}

/** The same architecture with the weights it started from. */
export function untrained(
  model: VitConfig,
  { seed = 0, normalisation = 'clip' }: { seed?: number; normalisation?: NormalisationName } = {},
): FrozenEncoder {
  return { name: 'random init', params: initVit(rng(seed, 'untrained'), model), model, normalisation };
}

/**
 * The encoders that a tier's evaluation judges: the laptop's committed ones, or the one that smoke trains live; and last
 * the same architecture before training.
 */
export async function tierEncoders(
  tier: Tier,
  options: { seed?: number; root?: string } = {},
): Promise<FrozenEncoder[]> {
  const trained: Record<Tier, () => FrozenEncoder[] | Promise<FrozenEncoder[]>> = {
    laptop: () => LAPTOP_ENCODERS.map(laptopEncoder),
    smoke: async () => [await liveEncoder(tier, options)],
  };
  const encoders = await trained[tier]();
  const [{ model, normalisation }] = encoders;
  return [...encoders, untrained(model, { normalisation })];
}
