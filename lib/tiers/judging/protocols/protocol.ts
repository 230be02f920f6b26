import type { Tier } from '../../world/settings.js';
import type { Judged } from '../judged.js';

export interface JudgeOptions {
  seed: number;
  signal?: AbortSignal;
  /** Folder for features. */
  cache?: string;
}

/** Settings of a protocol at a tier as plain data (a record is compared by them), and the protocol with them. */
export interface SetProtocol<Metrics> {
  readonly config: Readonly<Record<string, unknown>>;
  run(judged: Judged, options: JudgeOptions): Promise<Metrics>;
}

/** One way of the paper to judge an encoder. */
export interface Protocol<Metrics = object> {
  /** In file names. */
  readonly name: string;
  /** Which table or figure it stands for. */
  readonly mirrors: string;
  /** Raw pixels have features but no weights to tune and no tokens. */
  readonly needsBackbone: boolean;
  at(tier: Tier): SetProtocol<Metrics>;
}
