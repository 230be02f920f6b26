import type { ModelProvider } from '../engine/providers.js';
import type { HostTensors } from '../runs/hostTensor.js';

/** An input or output of a model: sizes that are left open are undefined. */
export interface ModelPort {
  name: string;
  type: string;
  shape: readonly (number | undefined)[];
}

/** A network in a file, ready to run. */
export interface OnnxModel {
  readonly file: string;
  readonly provider: ModelProvider;
  /** providers tried before it, and why they did not work */
  readonly passedOver: readonly string[];
  readonly inputs: readonly ModelPort[];
  readonly outputs: readonly ModelPort[];
  run(feeds: HostTensors): Promise<Record<string, Float32Array>>;
  release(): Promise<void>;
}

/** What depends on who runs it. */
export type OpenedModel = Pick<OnnxModel, 'inputs' | 'outputs' | 'run' | 'release'>;
