import type * as Ort from 'onnxruntime-node';
import { InputError } from '../errors.js';
import { chooseDevice, type Device, loadTfjsNodeGpu } from './device.js';
import { sameShape } from './graph.js';
import { type HostTensor, type HostTensors, hostTensor } from './host.js';
import './kernels/index.js';
import { encodeModel } from './onnx.js';
import { onnxRuntime, openSession } from './session.js';
import { tf } from './tf.js';
import { trace } from './trace.js';

/** Tensors by name, as a step sees them. */
export type NamedTensors = Record<string, tf.Tensor>;

/**
 * One step of a computation, in ordinary TensorFlow.js: pure, without random operations (noise is an input) and without
 * reading values. It may take gradients.
 */
export type Step = (state: NamedTensors, inputs: NamedTensors) => { state: NamedTensors; outputs: NamedTensors };

export interface InputSpec {
  readonly shape: readonly number[];
  readonly dtype?: 'float32' | 'int32';
}

export interface CompiledStep {
  readonly device: Device;
  /** Runs the step once; the state moves on. Outputs are copies. @throws InputError on a wrong input. */
  run(inputs: HostTensors): Promise<HostTensors>;
  /** A copy of the state. */
  state(): HostTensors;
  /** Replaces the state. @throws InputError when names or shapes differ. */
  load(state: HostTensors): void;
  /** Gives the session's memory back. */
  release(): Promise<void>;
}

export interface CompileOptions {
  /** What the step carries from run to run: parameters, moments, averages. */
  state?: HostTensors;
  inputs: Record<string, InputSpec>;
  /** Tensors that never change; they join `state` in the step's first argument and are baked into the graph. */
  constants?: HostTensors;
  device?: Device;
  /** Outputs that must stay finite: if one does not, run() throws and the state stays that of the last good step. */
  finite?: readonly string[];
  /** What errors call this step. */
  name?: string;
}

/** Compiles a step for its input shapes: traced once into one ONNX graph, then one session run a step. */
export async function compile(step: Step, options: CompileOptions): Promise<CompiledStep> {
  const device = chooseDevice(options.device);
  if (device === 'onnx') return compileOnnx(step, options);
  if (device === 'tfjs-node-gpu') await loadTfjsNodeGpu();
  return eager(step, options, device);
}

const dtypeOf = (spec: InputSpec) => spec.dtype ?? 'float32';

function checkInputs(name: string, specs: Record<string, InputSpec>, inputs: HostTensors): void {
  for (const [key, spec] of Object.entries(specs)) {
    const given = inputs[key];
    if (given && sameShape(given.shape, spec.shape) && given.dtype === dtypeOf(spec)) continue;
    throw new InputError({
      where: `${name}, input "${key}"`,
      expected: `${dtypeOf(spec)} [${spec.shape}]`,
      found: given ? `${given.dtype} [${given.shape}]` : 'nothing',
      fix: 'give the shape it was compiled for, or compile the step again for this shape',
    });
  }
  const unknown = Object.keys(inputs).filter((key) => !(key in specs));
  if (unknown.length > 0) {
    throw new InputError({
      where: `${name}, inputs`,
      expected: Object.keys(specs).join(', '),
      found: `also ${unknown.join(', ')}`,
      fix: 'leave these out, or name them when compiling',
    });
  }
}

function checkState(name: string, expected: HostTensors, given: HostTensors): void {
  const fix = 'load the state of the same step, or start anew';
  for (const key of new Set([...Object.keys(expected), ...Object.keys(given)])) {
    const describe = (t: HostTensor | undefined) => (t ? `${t.dtype} [${t.shape}]` : 'nothing');
    if (describe(expected[key]) === describe(given[key])) continue;
    throw new InputError({
      where: `${name}, state "${key}"`,
      expected: describe(expected[key]),
      found: describe(given[key]),
      fix,
    });
  }
}

function checkFinite(name: string, finite: readonly string[], outputs: HostTensors, step: number): void {
  for (const key of finite) {
    if (outputs[key].data.every(Number.isFinite)) continue;
    throw new InputError({
      where: `${name}, step ${step}`,
      expected: `a finite ${key}`,
      found: String(outputs[key].data.find((x) => !Number.isFinite(x))),
      fix: 'the state is still that of the last good step: lower the learning rate, clip gradients or look at this batch',
    });
  }
}

const copyOf = (t: HostTensor): HostTensor => ({ shape: [...t.shape], dtype: t.dtype, data: t.data.slice() });
const mapTensors = <T, U>(record: Record<string, T>, f: (t: T, name: string) => U): Record<string, U> =>
  Object.fromEntries(Object.entries(record).map(([name, t]) => [name, f(t, name)]));

async function compileOnnx(step: Step, options: CompileOptions): Promise<CompiledStep> {
  const { state = {}, inputs: specs, constants = {}, finite = [], name = 'step' } = options;
  const { graph, outputs: values } = trace((placeholder, constant) => {
    const result = step(
      {
        ...mapTensors(state, (t, key) => placeholder(`state.${key}`, t.shape, t.dtype)),
        ...mapTensors(constants, (t, key) => constant(`constant.${key}`, t.data, t.shape)),
      },
      mapTensors(specs, (spec, key) => placeholder(`input.${key}`, spec.shape, dtypeOf(spec))),
    );
    checkNextState(name, state, result.state);
    return {
      ...Object.fromEntries(Object.entries(result.state).map(([key, t]) => [`next.${key}`, t])),
      ...Object.fromEntries(Object.entries(result.outputs).map(([key, t]) => [`output.${key}`, t])),
    };
  });
  const outputNames = Object.keys(values).filter((key) => key.startsWith('output.'));
  const ort = await onnxRuntime();
  const session = await openSession(encodeModel(graph, values));

  // The state alternates between two sets of buffers, one read and one written: no copies, no allocation.
  const tensor = (t: HostTensor) => new ort.Tensor(t.dtype, t.data as Float32Array, t.shape);
  const makeSet = (tensors: HostTensors) => mapTensors(tensors, (t) => ({ host: t, ort: tensor(t) }));
  let current = makeSet(mapTensors(state, copyOf));
  let next = makeSet(mapTensors(state, copyOf));
  let steps = 0;

  return {
    device: 'onnx',
    async run(inputs) {
      checkInputs(name, specs, inputs);
      const feeds: Record<string, Ort.Tensor> = {};
      const fetches: Record<string, Ort.Tensor | null> = {};
      for (const [key, t] of Object.entries(current)) feeds[`state.${key}`] = t.ort;
      for (const [key, t] of Object.entries(inputs)) feeds[`input.${key}`] = tensor(t);
      for (const [key, t] of Object.entries(next)) fetches[`next.${key}`] = t.ort;
      for (const key of outputNames) fetches[key] = null;
      const results = await session.run(feeds, fetches);
      const outputs: HostTensors = {};
      for (const key of outputNames) outputs[key.slice('output.'.length)] = readOutput(results[key]);
      checkFinite(name, finite, outputs, steps);
      [current, next] = [next, current];
      steps++;
      return outputs;
    },
    state: () => mapTensors(current, (t) => copyOf(t.host)),
    load(given) {
      checkState(name, state, given);
      for (const [key, t] of Object.entries(given)) current[key].host.data.set(t.data);
    },
    release: () => session.release(),
  };
}

function readOutput(tensor: Ort.Tensor): HostTensor {
  const { data, dims } = tensor;
  if (data instanceof Float32Array || data instanceof Int32Array) return hostTensor(data, dims);
  return hostTensor(Int32Array.from(data as Uint8Array, Number), dims);
}

function checkNextState(name: string, state: HostTensors, next: NamedTensors): void {
  checkState(
    `${name}, returned state`,
    state,
    mapTensors(next, (t) => ({ shape: t.shape, dtype: t.dtype as 'float32', data: new Float32Array(0) })),
  );
}

/** Runs the step as it is written, on a TensorFlow.js backend. */
function eager(step: Step, options: CompileOptions, device: Device): CompiledStep {
  const { inputs: specs, constants = {}, finite = [], name = 'step' } = options;
  const backend = device === 'cpu' ? 'cpu' : 'tensorflow';
  let current = mapTensors(options.state ?? {}, copyOf);
  let steps = 0;
  const toTensor = (t: HostTensor) => tf.tensor(t.data.slice(), [...t.shape], t.dtype);
  const toHost = (t: tf.Tensor): HostTensor => {
    const data = t.dataSync();
    return hostTensor(t.dtype === 'float32' ? Float32Array.from(data) : Int32Array.from(data), t.shape);
  };
  return {
    device,
    async run(inputs) {
      checkInputs(name, specs, inputs);
      await tf.setBackend(backend);
      const results: { state: HostTensors; outputs: HostTensors } = { state: {}, outputs: {} };
      tf.tidy(() => {
        const result = step(mapTensors({ ...current, ...constants }, toTensor), mapTensors(inputs, toTensor));
        checkNextState(name, current, result.state);
        results.state = mapTensors(result.state, toHost);
        results.outputs = mapTensors(result.outputs, toHost);
      });
      checkFinite(name, finite, results.outputs, steps);
      current = results.state;
      steps++;
      return results.outputs;
    },
    state: () => mapTensors(current, copyOf),
    load(given) {
      checkState(name, current, given);
      current = mapTensors(given, copyOf);
    },
    async release() {},
  };
}

/**
 * Traces a function of inputs to an ONNX model whose constants are initializers.
 * Inputs and outputs of the model carry the names given here.
 * @param halfWeights stores the constants as float16 (half the file); they are widened when the model is loaded
 */
export function exportOnnx(
  fn: (constants: NamedTensors, inputs: NamedTensors) => NamedTensors,
  {
    constants,
    inputs,
    halfWeights = false,
    metadata = {},
  }: {
    constants: HostTensors;
    inputs: Record<string, InputSpec>;
    halfWeights?: boolean;
    metadata?: Record<string, string>;
  },
): Uint8Array {
  const { graph, outputs } = trace((placeholder, constant) =>
    fn(
      mapTensors(constants, (t, key) => constant(key, t.data, t.shape)),
      mapTensors(inputs, (spec, key) => placeholder(key, spec.shape, dtypeOf(spec))),
    ),
  );
  return encodeModel(graph, outputs, { halfWeights, metadata });
}
