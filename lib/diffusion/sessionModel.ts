import type { InferenceSession, Tensor } from 'onnxruntime-node';
import { toHalf } from '../engine/onnx.js';
import { InputError } from '../errors.js';
import { widenHalf } from '../runs/floats.js';
import type { HostTensor } from '../runs/hostTensor.js';
import type { ModelPort, OpenedModel } from './onnxModel.js';

/** An opened session of ONNX Runtime, for Node or for browsers, as a model. @param TensorOf that runtime's tensors */
export function sessionModel(session: InferenceSession, TensorOf: typeof Tensor): OpenedModel {
  const inputs = session.inputMetadata.map(portOf);
  const types = new Map(inputs.map((port) => [port.name, port.type]));
  return {
    inputs,
    outputs: session.outputMetadata.map(portOf),
    async run(feeds) {
      const tensors = Object.fromEntries(
        Object.entries(feeds).map(([name, tensor]) => [name, toOrt(TensorOf, tensor, types.get(name))]),
      );
      const results = await session.run(tensors);
      return Object.fromEntries(Object.entries(results).map(([name, tensor]) => [name, toFloats(tensor)]));
    },
    release: () => session.release(),
  };
}

function portOf(metadata: InferenceSession.ValueMetadata): ModelPort {
  if (!metadata.isTensor) return { name: metadata.name, type: 'not a tensor', shape: [] };
  const shape = metadata.shape.map((size) => (typeof size === 'number' && size > 0 ? size : undefined));
  return { name: metadata.name, type: metadata.type, shape };
}

/** Gives a tensor the element type that the model declares: exports may want 64-bit ids, or 16-bit floats. */
function toOrt(TensorOf: typeof Tensor, { data, shape }: HostTensor, type: string | undefined): Tensor {
  switch (type) {
    case 'int64':
      return new TensorOf(
        'int64',
        BigInt64Array.from(data, (x) => BigInt(Math.round(x))),
        shape,
      );
    case 'int32':
      return new TensorOf('int32', Int32Array.from(data), shape);
    case 'float16':
      return halfTensor(TensorOf, toHalf(Float32Array.from(data)), shape);
    case undefined:
    case 'float32':
      return new TensorOf('float32', data instanceof Float32Array ? data : Float32Array.from(data), shape);
    default:
      throw new InputError({
        where: 'an input of an ONNX model',
        expected: 'float32, float16, int32 or int64',
        found: type,
        fix: 'export the model in one of these precisions',
      });
  }
}

/**
 * A tensor of 16-bit floats whose data stay their bits. Where there is a Float16Array (Node 24), ONNX Runtime's package makes
 * one of them, which its native part does not know ("not enough space").
 */
function halfTensor(TensorOf: typeof Tensor, bits: Uint16Array, shape: readonly number[]): Tensor {
  return Object.defineProperty(new TensorOf('float16', bits, shape), 'data', { value: bits });
}

/** Outputs in 32 bits. 16-bit floats come as their bits, or in newer Node as a Float16Array. */
function toFloats({ data }: Tensor): Float32Array {
  if (data instanceof Float32Array) return data;
  return data instanceof Uint16Array ? widenHalf(data) : Float32Array.from(data as ArrayLike<number>);
}
