import type * as Ort from 'onnxruntime-node';
import { copyTensor, type HostTensor, type HostTensors, hostTensor, mapTensors, specOf } from '../runs/hostTensor.js';
import type { OnnxDevice } from './device.js';
import { keptGraphs } from './keptGraphs.js';
import { type OpenGraph, openGraph, runtimeProblem, traceStep } from './onnxGraph.js';
import type { Runner } from './runner.js';
import { onnxRuntime } from './session.js';
import type { CompileOptions, Step } from './step.js';

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
  const graphs = keptGraphs<OpenGraph>({
    keep: keepShapes,
    prepare(inputs) {
      const traced = traceStep(traceable, inputs);
      return () => openGraph(traced, { name, provider });
    },
    release: ({ session }) => session.release(),
  });
  const declared = specs && (await graphs.of(specs));

  return {
    device,
    async run(inputs) {
      const { session, outputNames } = declared ?? (await graphs.of(mapTensors(inputs, specOf)));
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
      for (const { session } of graphs.drain()) await session.release();
    },
  };
}

function readOutput(tensor: Ort.Tensor): HostTensor {
  const { data, dims } = tensor;
  if (data instanceof Float32Array || data instanceof Int32Array) return hostTensor(data, dims);
  return hostTensor(Int32Array.from(data as Uint8Array, Number), dims);
}
