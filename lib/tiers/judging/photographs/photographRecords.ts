import { existsSync } from 'node:fs';
import { InputError } from '../../../errors.js';
import { type FeatureSet, loadFeatures, saveFeatures } from '../../../evaluate/features.js';
import { projectPath } from '../../../runs/paths.js';
import { hashOfConfig, type RunRecord, readRunRecord, runRecord, writeRunRecord } from '../../../runs/record.js';
import { readSafetensors } from '../../../runs/safetensors.js';
import { JUDGED_KEYS } from '../evaluateAll.js';
import { judgedHash, missingEncoder } from '../judged.js';
import {
  judgePhotographs,
  PHOTOGRAPH_SETTINGS,
  type PhotographMetrics,
  type PreparedPhotographs,
  preparePhotographs,
} from './judgePhotographs.js';
import { IMAGENET_KEY, LOOKER_NAMES, openLooker } from './lookers.js';

/** Who looks at photographs when nobody is named. */
export const LOOKER_KEYS: readonly string[] = [...JUDGED_KEYS, IMAGENET_KEY];

const recordOf = (key: string) => projectPath('paper-repro', 'results', 'laptop', 'photographs', `${key}.json`);
const featuresOf = (set: string, key: string) => projectPath('data', 'photographs', `${set}-${key}.safetensors`);

/**
 * Judges those named on the photographs of runs/data and writes a record for each, and for encoders the features of the two sets
 * (raw pixels would be small copies of the photographs, and the ImageNet network's come from others' weights: neither is kept).
 * What has a record of the same weights and settings is kept.
 */
export async function makePhotographRecords({
  keys = LOOKER_KEYS,
  force = false,
  seed = 0,
  signal,
  onRecord,
}: {
  keys?: readonly string[];
  force?: boolean;
  seed?: number;
  signal?: AbortSignal;
  onRecord?: (key: string, state: 'made' | 'kept', seconds: number) => void;
} = {}): Promise<void> {
  const judge = photographJudge({ seed, signal });
  for (const key of keys) {
    signal?.throwIfAborted();
    if (!force && 'metrics' in readPhotographRecord(key)) {
      onRecord?.(key, 'kept', 0);
      continue;
    }
    const began = Date.now();
    const { looker, metrics, features } = await judge(key);
    const seconds = (Date.now() - began) / 1000;
    for (const [set, of] of Object.entries(features)) saveFeatures(featuresOf(set, key), of, { encoder: looker.hash });
    const record = runRecord({
      name: `photographs/${looker.name}`,
      tier: 'laptop',
      seed,
      config: PHOTOGRAPH_SETTINGS,
      inputs: { encoder: looker.hash },
      metrics,
      seconds,
    });
    writeRunRecord(recordOf(key), record, { replace: true });
    onRecord?.(key, 'made', seconds);
  }
}

/** Judges one after the other on the photographs of runs/data, which are prepared once a size; features: those that are kept. */
function photographJudge({ seed, signal }: { seed: number; signal?: AbortSignal }) {
  const prepared = new Map<number, PreparedPhotographs>();
  return async (key: string) => {
    const looker = await openLooker(key);
    try {
      const pictures = prepared.get(looker.size) ?? (await preparePhotographs(looker.size, { seed }));
      prepared.set(looker.size, pictures);
      const { metrics, features } = await judgePhotographs(looker, pictures, { seed, signal });
      const kept: Record<string, FeatureSet> = looker.judged?.backbone ? { ...features } : {};
      return { looker, metrics, features: kept };
    } finally {
      await looker.release();
    }
  };
}

/** How far what is computed now is from what is kept. */
export interface PhotographsApart {
  key: string;
  /** of each set: the largest distance of a row of features from the kept row, over the kept row's length */
  features: Record<string, number>;
  /** the largest difference of an accuracy of the record, as a share */
  accuracy: number;
}

/**
 * Judges those named again and compares with their records and features; nothing is written.
 * @throws InputError for one that has no record of its present weights
 */
export async function comparePhotographRecords({
  keys = LOOKER_KEYS,
  seed = 0,
  signal,
  onCompared,
}: {
  keys?: readonly string[];
  seed?: number;
  signal?: AbortSignal;
  onCompared?: (apart: PhotographsApart) => void;
} = {}): Promise<PhotographsApart[]> {
  const judge = photographJudge({ seed, signal });
  const all: PhotographsApart[] = [];
  for (const key of keys) {
    signal?.throwIfAborted();
    const kept = readPhotographRecord(key);
    if ('notRun' in kept) {
      const fix = 'without --check, the command makes it';
      throw new InputError({ where: key, expected: 'a record to compare with', found: kept.notRun, fix });
    }
    const { metrics, features } = await judge(key);
    const distances = Object.entries(features).map(([set, of]) => {
      return [set, rowsApart(of, loadFeatures(featuresOf(set, key)))] as const;
    });
    const apart = { key, features: Object.fromEntries(distances), accuracy: accuraciesApart(metrics, kept.metrics) };
    all.push(apart);
    onCompared?.(apart);
  }
  return all;
}

/** The largest distance of a row from the row of the same number, over the latter's length; Infinity where sizes differ. */
export function rowsApart(
  { features: found, width, count }: Pick<FeatureSet, 'features' | 'width' | 'count'>,
  kept: Pick<FeatureSet, 'features' | 'width' | 'count'>,
): number {
  if (kept.width !== width || kept.count !== count) return Number.POSITIVE_INFINITY;
  const rows = Array.from({ length: count }, (_, row) => {
    let [distance, length] = [0, 0];
    for (let i = row * width; i < (row + 1) * width; i++) {
      distance += (found[i] - kept.features[i]) ** 2;
      length += kept.features[i] ** 2;
    }
    return Math.sqrt(distance / length);
  });
  return Math.max(...rows);
}

/** The largest difference of two accuracies at the same place of two records; Infinity where one has more of them. */
export function accuraciesApart(found: unknown, kept: unknown): number {
  const [ours, theirs] = [accuraciesOf(found), accuraciesOf(kept)];
  if (ours.length !== theirs.length) return Number.POSITIVE_INFINITY;
  return Math.max(0, ...ours.map((accuracy, i) => Math.abs(accuracy - theirs[i])));
}

function accuraciesOf(metrics: unknown): number[] {
  if (typeof metrics !== 'object' || metrics === null) return [];
  return Object.entries(metrics).flatMap(([name, value]) => (name === 'accuracy' ? [value] : accuraciesOf(value)));
}

/** A record of the present weights and settings, or why there is none. */
export function readPhotographRecord(
  key: string,
): { metrics: PhotographMetrics; record: RunRecord } | { notRun: string } {
  const missing = key === IMAGENET_KEY ? undefined : missingEncoder(key);
  if (missing) return { notRun: missing };
  const file = recordOf(key);
  const again = 'run `synclr photographs`';
  if (!existsSync(file)) return { notRun: `no record: ${again}` };
  const record = readRunRecord(file);
  if (key !== IMAGENET_KEY && record.inputs.encoder !== judgedHash(key)) {
    return { notRun: `its record is of earlier weights: ${again}` };
  }
  if (record.configHash !== hashOfConfig(PHOTOGRAPH_SETTINGS))
    return { notRun: `its record is of other settings: ${again}` };
  return { metrics: record.metrics as unknown as PhotographMetrics, record };
}

/** Those with a record, in order, and why the others have none. */
export function readPhotographRecords(): {
  key: string;
  name: string;
  found: ReturnType<typeof readPhotographRecord>;
}[] {
  return LOOKER_KEYS.map((key) => ({ key, name: LOOKER_NAMES[key], found: readPhotographRecord(key) }));
}

/** The committed features of a set by an encoder, where they are of its present weights. */
export function committedFeatures(set: 'foods' | 'stamps', key: string): FeatureSet | undefined {
  const file = featuresOf(set, key);
  if (!existsSync(file) || missingEncoder(key)) return undefined;
  return readSafetensors(file).metadata.encoder === judgedHash(key) ? loadFeatures(file) : undefined;
}
