import { onBackend } from './backend.js';
import { followGradients } from './gradientOrigin.js';
import { type Dtype, Graph, type Value } from './graph.js';
import { tf } from './tf.js';
import { TRACE_BACKEND, type TraceBackend } from './traceBackend.js';
import { explain, ruleProblem } from './traceErrors.js';

/** Kernel implementations get the graph, the inputs as values and the attributes, and give back values. */
export type KernelRule = (
  graph: Graph,
  inputs: Record<string, Value> & { list: Value[] },
  attrs: Record<string, unknown>,
) => Value | Value[];

/** Registers the recording rule of one TensorFlow.js kernel. */
export function recordKernel(kernelName: string, rule: KernelRule): void {
  tf.registerKernel({
    kernelName,
    backendName: TRACE_BACKEND,
    kernelFunc: ({ inputs, backend, attrs }) => {
      const tracer = backend as TraceBackend;
      const named: Record<string, Value> = {};
      for (const [name, tensor] of Object.entries(inputs)) if (tensor) named[name] = tracer.valueOf(tensor);
      const list = Array.isArray(inputs) ? inputs.map((t) => tracer.valueOf(t)) : Object.values(named);
      const result = applyRule(kernelName, () =>
        rule(tracer.record(), Object.assign(named, { list }) as never, (attrs ?? {}) as never),
      );
      return Array.isArray(result) ? result.map((v) => tracer.handle(v)) : tracer.handle(result);
    },
  });
}

function applyRule<T>(kernel: string, rule: () => T): T {
  try {
    return rule();
  } catch (error) {
    throw ruleProblem(kernel, error as Error);
  }
}

/** Deep enough for the user's line below the operations of TensorFlow.js that call each other. */
const STACK_DEPTH = 100;

/**
 * Runs `body` with the tracing backend and gives back the graph and the values of the tensors it returns.
 * @param name what errors call the traced function
 * @param graph what records it: empty
 * @throws InputError with the user's line for what cannot be traced: a kernel without a rule (also one that only a
 * gradient needs), a value that is read, a random operation, a tensor made elsewhere
 */
export function trace(
  body: (
    placeholder: (name: string, shape: readonly number[], dtype: Dtype) => tf.Tensor,
    constant: (name: string, data: Float32Array | Int32Array, shape: readonly number[]) => tf.Tensor,
  ) => Record<string, tf.Tensor>,
  { name, graph = new Graph() }: { name: string; graph?: Graph },
): {
  graph: Graph;
  outputs: Record<string, Value>;
} {
  const { stackTraceLimit } = Error;
  Error.stackTraceLimit = STACK_DEPTH;
  try {
    return followGradients((originOf) => {
      try {
        return onBackend(TRACE_BACKEND, () => record(body, graph));
      } catch (error) {
        throw explain(error, name, originOf(error as object));
      }
    });
  } finally {
    Error.stackTraceLimit = stackTraceLimit;
  }
}

function record(body: Parameters<typeof trace>[0], graph: Graph): ReturnType<typeof trace> {
  const backend = tf.backend() as TraceBackend;
  backend.graph = graph;
  backend.asyncRead = undefined;
  const tensorOf = (value: Value) => tf.engine().makeTensorFromTensorInfo(backend.handle(value));
  const outputs: Record<string, Value> = {};
  try {
    tf.tidy(() => {
      const result = body(
        (name, shape, dtype) => tensorOf(graph.input(name, shape, dtype)),
        (name, data, shape) =>
          tensorOf(graph.constant(data, shape, data instanceof Int32Array ? 'int32' : 'float32', name)),
      );
      for (const [name, tensor] of Object.entries(result)) outputs[name] = backend.valueOf(tensor);
      if (backend.asyncRead) throw backend.asyncRead;
    });
    return { graph, outputs };
  } catch (error) {
    throw backend.asyncRead ?? error;
  } finally {
    backend.graph = undefined;
  }
}
