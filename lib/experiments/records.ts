import { existsSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { projectPath } from '../runs/paths.js';
import { type RunRecord, readRunRecord, runRecord, writeRunRecord } from '../runs/record.js';
import type { Tier } from '../tiers/index.js';
import type { Metric } from './experiment.js';
import type { Scores } from './score.js';
import { hashOfSpec, isReal, plain, type RunSpec } from './spec.js';

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

/** The record of a run; its config is the run's spec. */
export type ExperimentRecord = RunRecord & { readonly metrics: RunRecord['metrics'] & RunMetrics };

/** Where the records of a tier's runs are kept: in the repository, but for `smoke`, whose numbers mean nothing. */
export function recordsFolder(tier: Tier): string {
  return tier === 'smoke'
    ? projectPath('runs', tier, 'experiments', 'records')
    : projectPath('paper-repro', 'results', tier, 'runs');
}

/** The name of a run: what is trained on which pictures, the seed, and eight digits of a hash (by default the spec's). */
export function nameOfRun(spec: RunSpec, hash = hashOfSpec(spec)): string {
  const { images, encoder, seed } = spec;
  const { objective, model, ibot, crops } = encoder;
  const without = objective === 'synclr' ? [!ibot && 'no-ibot', crops.locals === 0 && 'no-locals'] : [];
  const pictures = isReal(images)
    ? ['real', images.count]
    : [images.captions, `${images.count}x${images.imagesPerCaption}`, `w${images.guidance}`];
  const parts = [objective, ...without, `${model.depth}x${model.width}`, ...pictures, `s${seed}`, hash.slice(0, 8)];
  return parts.filter(Boolean).join('-');
}

/** The records in some folders by the hashes of their specs; folders that are not there are empty, later ones come first. */
export function readRecords(folders: readonly string[]): Map<string, ExperimentRecord> {
  const found = new Map<string, ExperimentRecord>();
  for (const folder of folders) {
    const names = existsSync(folder) ? readdirSync(folder).filter((name) => name.endsWith('.json')) : [];
    for (const name of names) {
      const record = readRunRecord(path.join(folder, name)) as ExperimentRecord;
      found.set(record.configHash, record);
    }
  }
  return found;
}

/** Whether a record has what is asked: of pictures by this generator, and with these metrics. */
export function answers(
  record: ExperimentRecord | undefined,
  { generator, metrics }: { generator: string; metrics: readonly Metric[] },
): boolean {
  if (!record) return false;
  const same = record.inputs.generator === undefined || record.inputs.generator === generator;
  return same && metrics.every((metric) => record.metrics[metric] !== undefined);
}

/** Writes the record of a run. An older one, of another generator or with fewer metrics, is replaced. @returns the file */
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
  const record = runRecord({
    name: `experiments/${name}`,
    tier,
    config: plain(spec),
    seed: spec.seed,
    inputs,
    metrics: plain(metrics),
    seconds: metrics.trainSeconds + metrics.scoreSeconds,
  });
  writeRunRecord(file, record, { replace: true });
  return file;
}
