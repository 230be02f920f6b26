import type * as Ort from 'onnxruntime-node';
import { copyTensor, type HostTensor, type HostTensors, hostTensor, mapTensors, specOf } from '../runs/hostTensor.js';
import type { OnnxDevice } from './device.js';
import { type OpenGraph, openGraph, runtimeProblem, shapeKey, traceStep } from './onnxGraph.js';
import type { Runner } from './runner.js';
import { onnxRuntime } from './session.js';
import type { CompileOptions, InputSpec, Step } from './step.js';

/**
 * Runs a step as one ONNX graph for each set of input shapes. The graphs share the state, which alternates between two
 * sets of buffers, one read and one written. (ONNX Runtime's Node binding copies each output once more, into memory that is
 * thrown away: see allocator.ts for what that costs and how to make it cheap.)
 */
export async function onnxStep(
  step: Step,
  { state = {}, inputs: specs, constants = {}, finite = [], name, keepShapes = 2 }: CompileOptions & { name: string },
  { device, provider }: OnnxDevice,
): Promise<Runner> {
  const ort = await onnxRuntime();
  const tensor = (t: HostTensor) => new ort.Tensor(t.dtype, t.data as Float32Array, t.shape);
  const bufferOf = (t: HostTensor) => {
    const host = copyTensor(t);
    return { host, ort: tensor(host) };
  };
  let current = mapTensors(state, bufferOf);
  let next = mapTensors(state, bufferOf);

  const traceable = { step, name, state: mapTensors(state, specOf), constants, finite };
  // The least recently used comes first.
  const graphs = new Map<string, OpenGraph>();
  const graphFor = async (inputs: Record<string, InputSpec>): Promise<OpenGraph> => {
    const key = shapeKey(inputs);
    let graph = graphs.get(key);
    graphs.delete(key);
    if (!graph) {
      const traced = traceStep(traceable, inputs);
      for (const [old, { session }] of graphs) {
        if (graphs.size < keepShapes) break;
        graphs.delete(old);
        await session.release();
      }
      graph = await openGraph(traced, { name, provider });
    }
    graphs.set(key, graph);
    return graph;
  };
  const declared = specs && (await graphFor(specs));

  return {
    device,
    async run(inputs) {
      const { session, outputNames } = declared ?? (await graphFor(mapTensors(inputs, specOf)));
      const feeds: Record<string, Ort.Tensor> = {};
      const fetches: Record<string, Ort.Tensor | null> = {};
      for (const [key, t] of Object.entries(current)) feeds[`state.${key}`] = t.ort;
      for (const [key, t] of Object.entries(inputs)) feeds[`input.${key}`] = tensor(t);
      for (const [key, t] of Object.entries(next)) fetches[`next.${key}`] = t.ort;
      for (const key of outputNames) fetches[key] = null;
      const results = await session.run(feeds, fetches).catch((error) => {
        throw runtimeProblem(`${name}, run on ${provider}`, error);
      });
      const outputs: HostTensors = {};
      for (const key of outputNames) outputs[key.slice('output.'.length)] = readOutput(results[key]);
      const keep = () => {
        [current, next] = [next, current];
      };
      return { outputs, keep };
    },
    state: async () => mapTensors(current, (t) => copyTensor(t.host)),
    load(given) {
      for (const [key, t] of Object.entries(given)) current[key].host.data.set(t.data);
    },
    async release() {
      for (const { session } of graphs.values()) await session.release();
      graphs.clear();
    },
  };
}

function readOutput(tensor: Ort.Tensor): HostTensor {
  const { data, dims } = tensor;
  if (data instanceof Float32Array || data instanceof Int32Array) return hostTensor(data, dims);
  return hostTensor(Int32Array.from(data as Uint8Array, Number), dims);
}
