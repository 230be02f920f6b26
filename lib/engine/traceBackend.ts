import type { Dtype, Graph, Value } from './graph.js';
import { tf } from './tf.js';
import { foreignTensor, randomOperation, valueRead } from './traceErrors.js';

/**
 * A TensorFlow.js backend that computes nothing: its kernels record ONNX operators. Every tensor of a traced function
 * stands for a Value with a static shape.
 */
export const TRACE_BACKEND = 'onnx-trace';

export class TraceBackend extends tf.KernelBackend {
  /** Where kernels record. A trace sets it and takes it away again. */
  graph: Graph | undefined;
  /** A value that was asked for asynchronously: the trace fails with it once the step has returned. */
  asyncRead: Error | undefined;
  private values = new WeakMap<object, Value>();
  private count = 0;

  record(): Graph {
    if (!this.graph) throw new Error('the tracing backend is only usable inside compile() or exportOnnx()');
    return this.graph;
  }

  /** The traced value behind a tensor. */
  override valueOf(tensor: tf.TensorInfo): Value {
    const value = this.values.get(tensor.dataId);
    if (!value) throw foreignTensor(tensor.shape);
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
    const random = randomScope();
    if (random) throw randomOperation(random);
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

  override readSync(dataId: tf.DataId): never {
    throw valueRead(this.values.get(dataId)?.shape);
  }

  /** Never settles: a step cannot wait for it, and a rejection that nobody awaits would end the process. */
  override read(dataId: tf.DataId): Promise<never> {
    this.asyncRead ??= valueRead(this.values.get(dataId)?.shape);
    return new Promise(() => {});
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
  return dtype === 'float32' || dtype === 'bool' ? dtype : 'int32';
}

tf.registerBackend(TRACE_BACKEND, () => new TraceBackend(), 0);

/** Operations that draw random numbers in JavaScript and hand them to the backend as if they were constants. */
const RANDOM = new Set(
  'dropout multinomial rand randomGamma randomNormal randomStandardNormal randomUniform randomUniformInt truncatedNormal'.split(
    ' ',
  ),
);

/** The random operation that is running now. TensorFlow.js opens a scope of the operation's name around each. */
function randomScope(): string | undefined {
  const { scopeStack } = tf.engine().state as unknown as { scopeStack: { name: string }[] };
  return scopeStack.map(({ name }) => String(name).replace(/__op$/, '')).find((name) => RANDOM.has(name));
}
