import type * as Ort from 'onnxruntime-node';
import { InputError } from '../errors.js';
import { type HostTensors, mapTensors } from '../runs/hostTensor.js';
import { checkFiniteNames, checkResult, dtypeOf } from './checks.js';
import type { InputSpec, NamedTensors, Step, TensorSpecs } from './step.js';
import './kernels/index.js';
import { type ExternalData, encodeModel } from './onnx.js';
import { isOutOfMemory, runtimeMessage } from './runtimeMessage.js';
import { openSession, type Provider } from './session.js';
import { trace } from './trace.js';

/** A step traced for one set of input shapes, open. Its ports are `state.*`, `input.*`, `next.*` and `output.*`. */
export interface OpenGraph {
  readonly session: Ort.InferenceSession;
  readonly outputNames: readonly string[];
}

/** What is traced, whatever the input shapes. */
export interface Traceable {
  readonly step: Step;
  readonly name: string;
  readonly state: TensorSpecs;
  readonly constants: HostTensors;
  readonly finite: readonly string[];
}

/**
 * Traces a step to an ONNX model, and the large constants that it refers to (a model that held them would cost three
 * times their memory on the way to ONNX Runtime).
 * @throws InputError for what cannot be traced, and for what does not fit the state
 */
export function traceStep(
  { step, name, state, constants, finite }: Traceable,
  inputs: Record<string, InputSpec>,
): { model: Uint8Array; externalData: ExternalData[]; outputNames: string[] } {
  const { graph, outputs } = trace(
    (placeholder, constant) => {
      const result = step(
        {
          ...mapTensors(state, (t, key) => placeholder(`state.${key}`, t.shape, t.dtype)),
          ...mapTensors(constants, (t, key) => constant(`constant.${key}`, t.data, t.shape)),
        },
        mapTensors(inputs, (spec, key) => placeholder(`input.${key}`, spec.shape, dtypeOf(spec))),
      );
      checkResult(name, state, result);
      checkFiniteNames(name, finite, result.outputs);
      return { ...prefixed('next', result.state), ...prefixed('output', result.outputs) };
    },
    { name },
  );
  const outputNames = Object.keys(outputs).filter((key) => key.startsWith('output.'));
  const externalData: ExternalData[] = [];
  return { model: encodeModel(graph, outputs, { outside: externalData }), externalData, outputNames };
}

const prefixed = (prefix: string, tensors: NamedTensors) =>
  Object.fromEntries(Object.entries(tensors).map(([key, t]) => [`${prefix}.${key}`, t]));

/** Opens a traced step. @throws InputError with the step's name and what ONNX Runtime says */
export async function openGraph(
  { model, externalData, outputNames }: ReturnType<typeof traceStep>,
  { name, provider }: { name: string; provider: Provider },
): Promise<OpenGraph> {
  try {
    return { session: await openSession(model, { providers: [provider], externalData }), outputNames };
  } catch (error) {
    if (error instanceof InputError) throw error; // of ours, and not about the graph
    throw runtimeProblem(`${name}, opening its graph on ${provider}`, error);
  }
}

/** What ONNX Runtime says, with the step that it says it of. */
export function runtimeProblem(where: string, error: unknown): InputError {
  const found = runtimeMessage(error);
  const outOfMemory = isOutOfMemory(error);
  const problem = new InputError({
    where,
    expected: outOfMemory ? 'enough memory for the step' : 'a graph that ONNX Runtime can run',
    found,
    fix: outOfMemory
      ? 'make the batch smaller, or release() other steps first: each session holds the memory of its largest run'
      : 'run the step with device "cpu": if it works there, a recording rule in lib/engine/kernels is wrong',
  });
  return Object.assign(problem, { cause: error });
}
