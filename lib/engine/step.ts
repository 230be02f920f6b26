import type { HostTensors } from '../runs/hostTensor.js';
import type { Device, DeviceChoice } from './device.js';
import type { tf } from './tf.js';

/** Tensors by name, as a step sees them. */
export type NamedTensors = Record<string, tf.Tensor>;

/**
 * One step of a computation, in ordinary TensorFlow.js: pure, without random operations (noise is an input) and without
 * reading values. It may take gradients. Whatever is plain JavaScript in it (Math.random(), a counter, console.log) runs
 * when the step is traced, and never again.
 */
export type Step = (state: NamedTensors, inputs: NamedTensors) => { state: NamedTensors; outputs: NamedTensors };

export interface InputSpec {
  readonly shape: readonly number[];
  readonly dtype?: 'float32' | 'int32';
}

/**
 * A step over many devices is the same program as over one: losses and norms of the whole batch stay those of the whole
 * batch, and only rounding differs. On several hosts, each gives its own part of the rows, and `inputs` has their shapes.
 */
export interface Spread {
  /** Inputs whose rows are spread over the devices, and in how many equal runs of rows each comes (views of an image). */
  readonly rows: Readonly<Record<string, number>>;
  /** Whether each device keeps a part of a tensor of the state in place of all of it. */
  share(name: string): boolean;
}

/** Shapes and dtypes by name. */
export type TensorSpecs = Record<string, Required<InputSpec>>;

export interface CompiledStep {
  readonly device: Device;
  /**
   * Runs the step once; the state moves on. Outputs are the caller's own. Calls take turns, in their order: their inputs
   * are read when the turn comes, so they must not be written to before the promise is settled.
   * @throws InputError on a wrong input; on an output of `finite` that is not, with the number of the step; when ONNX
   * Runtime fails, of memory for one. The state is then that of the last good step, and run() can be called again.
   */
  run(inputs: HostTensors): Promise<HostTensors>;
  /** A copy of the state, once the runs asked for are done. */
  state(): Promise<HostTensors>;
  /** Replaces the state. @throws InputError when names, shapes or dtypes differ, or while a run() is under way. */
  load(state: HostTensors): void;
  /** Gives the session's memory back, once. Everything called later throws an InputError. */
  release(): Promise<void>;
}

export interface CompileOptions {
  /** What the step carries from run to run: parameters, moments, averages. */
  state?: HostTensors;
  /** Shapes of the inputs, which are then the only ones allowed. Left out: any, see `compile`. */
  inputs?: Record<string, InputSpec>;
  /** Tensors that never change; they join `state` in the step's first argument and are baked into the graph. */
  constants?: HostTensors;
  /** Where it runs: this, else what SYNCLR_DEVICE says, else `onnx`. */
  device?: DeviceChoice;
  /** Outputs that must stay finite: if one does not, run() throws and the state stays that of the last good step. */
  finite?: readonly string[];
  /** What errors call this step. */
  name?: string;
  /** How `xla` spreads the step over all its devices; left out, it runs on one. Nothing to other devices. */
  spread?: Spread;
  /** Matrix products of factors rounded to bfloat16, summed in float32 (`xla` alone); float32 throughout by default. */
  products?: 'float32' | 'bfloat16';
  /** How many graphs are kept open when `inputs` is left out; the least recently used is released first. */
  keepShapes?: number;
  /** Told once, in one line, where the step runs and why not elsewhere. */
  onDevice?: (line: string) => void;
}
