import { InputError } from '../errors.js';
import { type Dtype, Graph, type Value } from './graph.js';
import { tf } from './tf.js';

/**
 * A TensorFlow.js backend that computes nothing: its kernels record ONNX operators. Every tensor of a traced function
 * stands for a Value with a static shape.
 */
export const TRACE_BACKEND = 'onnx-trace';

export class TraceBackend extends tf.KernelBackend {
  /** Where kernels record. A trace sets it and takes it away again. */
  graph: Graph | undefined;
  private values = new WeakMap<object, Value>();
  private count = 0;

  record(): Graph {
    if (!this.graph) throw new Error('the tracing backend is only usable inside compile() or exportOnnx()');
    return this.graph;
  }

  /** The traced value behind a tensor. */
  override valueOf(tensor: tf.TensorInfo): Value {
    const value = this.values.get(tensor.dataId);
    if (!value) throw new Error(`tensor [${tensor.shape}] does not belong to this trace`);
    return value;
  }

  /** A tensor handle for a recorded value. */
  handle(value: Value): tf.TensorInfo {
    const dataId = {};
    this.values.set(dataId, value);
    this.count++;
    return { dataId, shape: [...value.shape], dtype: tfDtype(value.dtype) };
  }

  // What follows is TensorFlow.js's backend interface.

  override write(values: tf.backend_util.BackendValues, shape: number[], dtype: tf.DataType): tf.DataId {
    const dataId = {};
    this.move(dataId, values, shape, dtype);
    return dataId;
  }

  override move(dataId: tf.DataId, values: tf.backend_util.BackendValues, shape: number[], dtype: tf.DataType): void {
    const graph = this.record();
    const numbers = values as Float32Array | Int32Array | Uint8Array;
    const data =
      dtype === 'bool'
        ? Uint8Array.from(numbers)
        : dtype === 'int32'
          ? Int32Array.from(numbers)
          : Float32Array.from(numbers);
    this.values.set(dataId, graph.constant(data, shape, dtype === 'bool' || dtype === 'int32' ? dtype : 'float32'));
    this.count++;
  }

  override readSync(): never {
    throw new InputError({
      where: 'a value was read inside a traced step',
      expected: 'a step whose operations do not depend on the numbers in its tensors',
      found:
        'dataSync(), data(), arraySync(), print() or an operation that reads values (tf.where on indices, tf.booleanMask)',
      fix: 'return the tensor as an output and read it after run(), or express the choice with tf.where(condition, a, b)',
    });
  }

  override read(): never {
    return this.readSync();
  }

  override numDataIds(): number {
    return this.count;
  }
  override disposeData(): boolean {
    return true;
  }
  override incRef(): void {}
  decRef(): void {}
  override refCount(): number {
    return 1;
  }
  override timerAvailable(): boolean {
    return false;
  }
  override floatPrecision(): 16 | 32 {
    return 32;
  }
  override epsilon(): number {
    return 1e-7;
  }
  override memory(): { unreliable: boolean } {
    return { unreliable: true };
  }
  override dispose(): void {}
}

function tfDtype(dtype: Dtype): tf.DataType {
  return dtype === 'int64' ? 'int32' : dtype;
}

tf.registerBackend(TRACE_BACKEND, () => new TraceBackend(), 0);

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
      const result = rule(tracer.record(), Object.assign(named, { list }) as never, (attrs ?? {}) as never);
      return Array.isArray(result) ? result.map((v) => tracer.handle(v)) : tracer.handle(result);
    },
  });
}

/**
 * Runs `body` with the tracing backend and gives back the graph and the values of the tensors it returns.
 * @throws InputError that names a kernel without a rule and the user's line that called it
 */
export function trace(
  body: (
    placeholder: (name: string, shape: readonly number[], dtype: Dtype) => tf.Tensor,
    constant: (name: string, data: Float32Array | Int32Array, shape: readonly number[]) => tf.Tensor,
  ) => Record<string, tf.Tensor>,
): {
  graph: Graph;
  outputs: Record<string, Value>;
} {
  const before = tf.getBackend();
  tf.setBackend(TRACE_BACKEND);
  const backend = tf.backend() as TraceBackend;
  const graph = new Graph();
  backend.graph = graph;
  const tensorOf = (value: Value) => tf.engine().makeTensorFromTensorInfo(backend.handle(value));
  try {
    const outputs: Record<string, Value> = {};
    tf.tidy(() => {
      const result = body(
        (name, shape, dtype) => tensorOf(graph.input(name, shape, dtype)),
        (name, data, shape) =>
          tensorOf(graph.constant(data, shape, data instanceof Int32Array ? 'int32' : 'float32', name)),
      );
      for (const [name, tensor] of Object.entries(result)) outputs[name] = backend.valueOf(tensor);
    });
    return { graph, outputs };
  } catch (error) {
    throw explain(error);
  } finally {
    backend.graph = undefined;
    if (before) tf.setBackend(before);
  }
}

/** Turns TensorFlow.js's "Kernel 'X' not registered" into an error that names the user's line. */
function explain(error: unknown): unknown {
  if (!(error instanceof Error)) return error;
  const kernel = /Kernel '(\w+)' not registered/.exec(error.message)?.[1];
  if (!kernel) return error;
  const line = error.stack
    ?.split('\n')
    .slice(1)
    .find((frame) => !/@tensorflow|tfjs-core|[\\/]lib[\\/](dist[\\/])?(engine|nn)[\\/]|node:internal/.test(frame));
  return new InputError({
    where: `traced step, ${line?.trim() ?? 'unknown line'}`,
    expected: 'operations that the tracing engine can record',
    found: `TensorFlow.js kernel '${kernel}', which it cannot`,
    fix: 'write it with other operations, run the step with device: "cpu", or add a rule in lib/engine/kernels',
  });
}
