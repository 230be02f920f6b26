import type { HostTensors } from '../runs/hostTensor.js';
import type { Device } from './device.js';

/**
 * One way of running a step: as an ONNX graph, or as it is written. A runner may rely on what `lifeCycle` sees to: calls
 * never overlap, states fit, and nothing comes after `release`.
 */
export interface Runner {
  readonly device: Device;
  /** Runs the step; the state moves on when `keep` is called, and stays where it is otherwise. */
  run(inputs: HostTensors): Promise<{ outputs: HostTensors; keep: () => void }>;
  /** A copy of the state. */
  state(): Promise<HostTensors>;
  load(state: HostTensors): void;
  release(): Promise<void>;
}
