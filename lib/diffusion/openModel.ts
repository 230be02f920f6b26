import { existsSync } from 'node:fs';
import path from 'node:path';
import type { InferenceSession, Tensor } from 'onnxruntime-node';
import { toHalf } from '../engine/onnx.js';
import { firstThatWorks, type ModelProvider, modelProviders } from '../engine/providers.js';
import { onnxRuntime, openSession, type Provider } from '../engine/session.js';
import { InputError } from '../errors.js';
import { widenHalf } from '../runs/floats.js';
import type { HostTensor } from '../runs/hostTensor.js';
import { refuseLfsPointer } from '../runs/lfsPointer.js';
import { externalWeights } from './externalWeights.js';
import type { ModelPort, OnnxModel, OpenedModel } from './onnxModel.js';
import { openXlaModel } from './openXlaModel.js';

/**
 * Opens an ONNX file with the first of `providers` that works.
 * @throws InputError when the file is missing, or no provider can read it (with each one's reason)
 */
export async function openModel(
  file: string,
  { providers = modelProviders() }: { providers?: readonly ModelProvider[] } = {},
): Promise<OnnxModel> {
  if (!existsSync(file)) {
    throw new InputError({
      where: file,
      expected: "an ONNX file of diffusers' folder layout",
      found: 'no such file',
      fix: 'export the model to ONNX, or name the folder that holds model_index.json',
    });
  }
  refuseLfsPointer(file);
  for (const name of externalWeights(file)) refuseLfsPointer(path.join(path.dirname(file), name));
  const open = (provider: ModelProvider) =>
    provider === 'xla' ? openXlaModel(file) : openSessionModel(file, provider);
  const { opened, provider, passedOver } = await firstThatWorks(providers, open, {
    where: file,
    expected: `an ONNX model that one of ${providers.join(', ')} can run`,
    fix: 'check the file, or name other providers',
  });
  return { file, provider, passedOver, ...opened };
}

async function openSessionModel(file: string, provider: Provider): Promise<OpenedModel> {
  const session = await openSession(file, { providers: [provider] });
  const ort = await onnxRuntime();
  const inputs = session.inputMetadata.map(portOf);
  const types = new Map(inputs.map((port) => [port.name, port.type]));
  return {
    inputs,
    outputs: session.outputMetadata.map(portOf),
    async run(feeds) {
      const tensors = Object.fromEntries(
        Object.entries(feeds).map(([name, tensor]) => [name, toOrt(ort.Tensor, tensor, types.get(name))]),
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
      return new TensorOf('float16', toHalf(Float32Array.from(data)), shape);
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

/** Outputs in 32 bits. 16-bit floats come as their bits, or in newer Node as a Float16Array. */
function toFloats({ data }: Tensor): Float32Array {
  if (data instanceof Float32Array) return data;
  return data instanceof Uint16Array ? widenHalf(data) : Float32Array.from(data as ArrayLike<number>);
}

const describeShape = (shape: readonly (number | undefined)[]) => `[${shape.map((n) => n ?? '?').join(', ')}]`;

/** `a [1, ?], b [2]` */
export function describePorts(ports: readonly ModelPort[]): string {
  return ports.map((port) => `${port.name} ${describeShape(port.shape)}`).join(', ');
}

/** @throws InputError unless the model has inputs (or outputs) of these names and numbers of axes */
export function requirePorts(
  model: OnnxModel,
  side: 'inputs' | 'outputs',
  wanted: Readonly<Record<string, readonly (number | undefined)[]>>,
): void {
  const fits = (port: ModelPort | undefined, shape: readonly (number | undefined)[]) =>
    port !== undefined &&
    port.shape.length === shape.length &&
    port.shape.every((n, i) => n === undefined || shape[i] === undefined || n === shape[i]);
  const given = new Map(model[side].map((port) => [port.name, port]));
  for (const [name, shape] of Object.entries(wanted)) {
    const port = given.get(name);
    if (fits(port, shape)) continue;
    throw new InputError({
      where: `${model.file}, ${side}`,
      expected: `${name} ${describeShape(shape)}`,
      found: port ? describePorts([port]) : describePorts(model[side]),
      fix: "export the model with the names and shapes of diffusers' ONNX pipelines",
    });
  }
}
