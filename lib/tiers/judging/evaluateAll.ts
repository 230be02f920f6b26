import { existsSync } from 'node:fs';
import path from 'node:path';
import { InputError } from '../../errors.js';
import { stopSignal } from '../../runs/cell.js';
import { projectPath, runsPath } from '../../runs/paths.js';
import { hashOfConfig, type RunRecord, readRunRecord, runRecord, writeRunRecord } from '../../runs/record.js';
import { type Tier, tierNamed } from '../world/settings.js';
import { JUDGED_NAMES, type Judged, judgedHash, laptopJudged, missingEncoder, smokeJudged } from './judged.js';
import { drawingsProtocol } from './protocols/drawings.js';
import { finetuning } from './protocols/finetuning.js';
import { patchPcaProtocol } from './protocols/patchPca.js';
import { probe } from './protocols/probe.js';
import type { Protocol } from './protocols/protocol.js';
import { linearSegmentation, uperNetSegmentation } from './protocols/segmentation.js';
import { transfer } from './protocols/transfer.js';

/** Every protocol of the paper, the quickest first. */
export const PROTOCOLS = {
  probe,
  drawings: drawingsProtocol,
  'patch-pca': patchPcaProtocol,
  transfer,
  'segment-linear': linearSegmentation,
  'segment-upernet': uperNetSegmentation,
  finetune: finetuning,
} as const;

export type ProtocolName = keyof typeof PROTOCOLS;
export type MetricsOf<Name extends ProtocolName> = (typeof PROTOCOLS)[Name] extends Protocol<infer M> ? M : never;

/** Who is judged when nobody is named: all encoders that are there, and the baselines. */
export const JUDGED_KEYS = ['synclr', 'stablerep', 'supervised', 'random', 'pixels'] as const;

export interface EvaluateAllOptions {
  tier?: Tier;
  /** keys of encoders; at smoke tier, of those that it trains */
  encoders?: readonly string[];
  /** encoders of one's own, in place of the tier's */
  judged?: readonly Judged[];
  protocols?: readonly string[];
  /** also those whose record is up to date */
  force?: boolean;
  seed?: number;
  signal?: AbortSignal;
  /** where records go, instead of `evaluationFolder(tier)` */
  folder?: string;
  onRecord?: (record: RunRecord, state: 'made' | 'kept') => void;
}

/** What a tier has: the place of its records, who is judged, and encoders that it trains for that. */
const OF_TIER: Record<Tier, { folder(): string; keys: readonly string[]; trained: typeof smokeJudged }> = {
  laptop: {
    folder: () => projectPath('paper-repro', 'results', 'laptop', 'evaluation'),
    keys: JUDGED_KEYS,
    trained: async () => [],
  },
  smoke: { folder: () => runsPath('smoke', 'evaluation'), keys: ['synclr', 'random', 'pixels'], trained: smokeJudged },
};

/** Where the records of a tier are: committed at the laptop tier. @throws InputError for another name */
export const evaluationFolder = (tier: Tier): string => OF_TIER[tierNamed(tier)].folder();

const recordFile = (folder: string, key: string, protocol: string) => path.join(folder, `${key}-${protocol}.json`);

/**
 * Judges encoders by protocols, a record for each pair. A record of the same weights, settings and seed is kept, so the same
 * command after a change of an encoder does just what has to be done.
 */
export async function evaluateAll({
  tier = 'laptop',
  encoders,
  judged: own,
  protocols = Object.keys(PROTOCOLS),
  force = false,
  seed = 0,
  signal: given,
  folder = evaluationFolder(tier),
  onRecord,
}: EvaluateAllOptions = {}): Promise<void> {
  const signal = stopSignal(given);
  const chosen = protocols.map(protocolNamed);
  const all = own ?? (await OF_TIER[tier].trained({ seed }));
  const keys =
    encoders ?? (all.length > 0 ? all.map(({ key }) => key) : JUDGED_KEYS.filter((key) => !missingEncoder(key)));
  for (const key of keys) {
    const judged = all.find((one) => one.key === key) ?? laptopJudged(key);
    for (const protocol of chosen) {
      if (protocol.needsBackbone && !judged.backbone) continue;
      signal?.throwIfAborted();
      const file = recordFile(folder, key, protocol.name);
      const { config, run } = protocol.at(tier);
      const kept = force ? undefined : upToDate(file, { config, hash: judged.hash, seed });
      if (kept) {
        onRecord?.(kept, 'kept');
        continue;
      }
      const began = Date.now();
      const metrics = await run(judged, { seed, signal, cache: runsPath('features') });
      const record = runRecord({
        name: `evaluation/${judged.name}/${protocol.name}`,
        tier,
        seed,
        config,
        inputs: { encoder: judged.hash },
        metrics,
        seconds: (Date.now() - began) / 1000,
      });
      writeRunRecord(file, record, { replace: true });
      onRecord?.(record, 'made');
    }
  }
}

function protocolNamed(name: string): Protocol {
  if (Object.hasOwn(PROTOCOLS, name)) return PROTOCOLS[name as ProtocolName];
  throw new InputError({
    where: 'protocols',
    expected: `of ${Object.keys(PROTOCOLS).join(', ')}`,
    found: name,
    fix: 'choose among these',
  });
}

function upToDate(
  file: string,
  { config, hash, seed }: { config: object; hash: string; seed: number },
): RunRecord | undefined {
  if (!existsSync(file)) return undefined;
  const record = readRunRecord(file);
  const same = record.configHash === hashOfConfig(config) && record.inputs.encoder === hash && record.seed === seed;
  return same ? record : undefined;
}

/** A number that is there, or why it is not. */
export type Evaluated<Metrics> = { metrics: Metrics; record: RunRecord } | { notRun: string };

/**
 * What a protocol said of an encoder, from its record. One of weights or settings that are no longer those does not count.
 */
export function readEvaluation<Name extends ProtocolName>(
  key: string,
  protocol: Name,
  { tier = 'laptop', folder = evaluationFolder(tier) }: { tier?: Tier; folder?: string } = {},
): Evaluated<MetricsOf<Name>> {
  if (PROTOCOLS[protocol].needsBackbone && key === 'pixels') return { notRun: 'raw pixels are no encoder' };
  const missing = tier === 'laptop' ? missingEncoder(key) : undefined;
  if (missing) return { notRun: missing };
  const file = recordFile(folder, key, protocol);
  if (!existsSync(file)) return { notRun: 'no record: run `synclr evaluate-all`' };
  const record = readRunRecord(file);
  if (tier === 'laptop' && record.inputs.encoder !== judgedHash(key)) {
    return { notRun: 'its record is of earlier weights: run `synclr evaluate-all`' };
  }
  if (record.configHash !== hashOfConfig(PROTOCOLS[protocol].at(tier).config)) {
    return { notRun: 'its record is of other settings: run `synclr evaluate-all`' };
  }
  return { metrics: record.metrics as unknown as MetricsOf<Name>, record };
}

/** All that a tier judges, by a protocol, in the order of `JUDGED_KEYS`. */
export function readEvaluations<Name extends ProtocolName>(
  protocol: Name,
  options: { tier?: Tier; folder?: string } = {},
): { key: string; name: string; found: Evaluated<MetricsOf<Name>> }[] {
  return OF_TIER[options.tier ?? 'laptop'].keys.map((key) => ({
    key,
    name: JUDGED_NAMES[key],
    found: readEvaluation(key, protocol, options),
  }));
}

export type { Judged };
