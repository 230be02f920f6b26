import { existsSync, readdirSync, rmSync } from 'node:fs';
import path from 'node:path';
import { projectPath, runsPath } from '../runs/paths.js';
import { type RunRecord, readRunRecord, runRecord, writeRunRecord } from '../runs/record.js';
import type { Tier } from '../tiers/world/settings.js';
import type { Metric } from './experiment.js';
import { measuresAlike } from './measure.js';
import type { Scores } from './score.js';
import { hashOfRun, isReal, type RunSpec, type ScoringConfig, type Training } from './spec.js';

/** What a run's record holds as metrics. */
export interface RunMetrics extends Scores {
  /** mean training loss of the last tenth of the steps */
  readonly loss: number;
  readonly steps: number;
  readonly trainSeconds: number;
  readonly scoreSeconds: number;
  /** devices (lib/engine) of the training, and of the frozen encoder in judging; classifiers are fitted on the CPU */
  readonly trainedOn: string;
  readonly encodedOn: string;
}

/** The record of a run; its config is the run's spec, with the scoring of its time. */
export type ExperimentRecord = RunRecord & { readonly metrics: RunRecord['metrics'] & RunMetrics };

export const specOfRecord = ({ config }: ExperimentRecord): RunSpec => config as unknown as RunSpec;

/** Where the records of a tier's runs are kept: in the repository, but for `smoke`, whose numbers mean nothing. */
export function recordsFolder(tier: Tier): string {
  return {
    smoke: runsPath('smoke', 'experiments', 'records'),
    laptop: projectPath('paper-repro', 'results', 'laptop', 'runs'),
  }[tier];
}

/** The name of a run: what is trained on which pictures, the seed, and eight digits of a hash (by default the run's). */
export function nameOfRun(spec: Training, hash = hashOfRun(spec)): string {
  const { images, encoder, seed } = spec;
  const { objective, model, ibot, crops } = encoder;
  const without = objective === 'synclr' ? [!ibot && 'no-ibot', crops.locals === 0 && 'no-locals'] : [];
  const pictures = isReal(images)
    ? [images.real === 'train' ? 'real' : 'scenes', images.count]
    : [images.captions, `${images.count}x${images.imagesPerCaption}`, `w${images.guidance}`];
  const parts = [objective, ...without, `${model.depth}x${model.width}`, ...pictures, `s${seed}`, hash.slice(0, 8)];
  return parts.filter(Boolean).join('-');
}

/**
 * The records in some folders by the hashes of their runs (`hashOfRun`); folders that are not there are empty, later ones
 * come first.
 */
export function readRecords(folders: readonly string[]): Map<string, ExperimentRecord> {
  const found = new Map<string, ExperimentRecord>();
  for (const { record } of folders.flatMap(recordFiles)) found.set(hashOfRun(specOfRecord(record)), record);
  return found;
}

function recordFiles(folder: string): { file: string; record: ExperimentRecord }[] {
  const names = existsSync(folder) ? readdirSync(folder).filter((name) => name.endsWith('.json')) : [];
  return names.map((name) => {
    const file = path.join(folder, name);
    return { file, record: readRunRecord(file) as ExperimentRecord };
  });
}

/** Whether a record has a metric, measured as `scoring` asks (`measuresAlike`). */
export function hasMetric(record: ExperimentRecord, metric: Metric, scoring: ScoringConfig): boolean {
  return record.metrics[metric] !== undefined && measuresAlike(metric, specOfRecord(record).scoring, scoring);
}

/** Whether a record has all that is asked: of pictures by this generator, with these metrics, measured as asked. */
export function answers(
  record: ExperimentRecord | undefined,
  { generator, metrics, scoring }: { generator: string; metrics: readonly Metric[]; scoring: ScoringConfig },
): boolean {
  if (!record) return false;
  const same = record.inputs.generator === undefined || record.inputs.generator === generator;
  return same && metrics.every((metric) => hasMetric(record, metric, scoring));
}

/**
 * Writes the record of a run. An older one of the same run, of another generator or by another scoring, is replaced: its
 * encoder has just been judged anew.
 * @returns the file
 */
export function writeExperimentRecord(
  folder: string,
  {
    tier,
    spec,
    inputs,
    metrics,
  }: {
    tier: Tier;
    spec: RunSpec;
    inputs: Record<string, string>;
    metrics: RunMetrics;
  },
): string {
  const name = nameOfRun(spec);
  const file = path.join(folder, `${name}.json`);
  const older = recordFiles(folder).filter(({ record }) => hashOfRun(specOfRecord(record)) === hashOfRun(spec));
  const record = runRecord({
    name: `experiments/${name}`,
    tier,
    config: spec,
    seed: spec.seed,
    inputs,
    metrics,
    seconds: metrics.trainSeconds + metrics.scoreSeconds,
  });
  writeRunRecord(file, record, { replace: true });
  for (const other of older) if (other.file !== file) rmSync(other.file);
  return file;
}
