import { existsSync } from 'node:fs';
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
  const prepared = new Map<number, PreparedPhotographs>();
  for (const key of keys) {
    signal?.throwIfAborted();
    if (!force && 'metrics' in readPhotographRecord(key)) {
      onRecord?.(key, 'kept', 0);
      continue;
    }
    const began = Date.now();
    const looker = await openLooker(key);
    try {
      const pictures = prepared.get(looker.size) ?? (await preparePhotographs(looker.size, { seed }));
      prepared.set(looker.size, pictures);
      const { metrics, features } = await judgePhotographs(looker, pictures, { seed, signal });
      const seconds = (Date.now() - began) / 1000;
      if (looker.judged?.backbone) {
        for (const [set, of] of Object.entries(features))
          saveFeatures(featuresOf(set, key), of, { encoder: looker.hash });
      }
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
    } finally {
      await looker.release();
    }
  }
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
