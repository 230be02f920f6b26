import { readFileSync } from 'node:fs';
import path from 'node:path';
import { pythonWorker } from '../engine/xla/pythonWorker.js';
import { openXlaGraph, type XlaPort } from '../engine/xla/xlaGraph.js';
import type { HostTensors } from '../runs/hostTensor.js';
import { externalWeights } from './externalWeights.js';
import type { ModelPort, OpenedModel } from './onnxModel.js';

/**
 * Opens an ONNX file, and the weights that lie beside it, on the device `xla`. It takes numbers as they come: the graph's
 * first operators widen or narrow them.
 */
export async function openXlaModel(file: string): Promise<OpenedModel> {
  const worker = pythonWorker();
  const folder = path.dirname(file);
  const outside = Object.fromEntries(
    externalWeights(file).map((name) => [name, readFileSync(path.join(folder, name))]),
  );
  const { graph, inputs, outputs } = await openXlaGraph(worker, readFileSync(file), { name: file, outside });
  return {
    inputs: inputs.map(portOf),
    outputs: outputs.map(portOf),
    async run(feeds: HostTensors) {
      const { tensors } = await worker.ask({ call: 'run', graph }, feeds);
      return Object.fromEntries(Object.entries(tensors).map(([name, { data }]) => [name, Float32Array.from(data)]));
    },
    release: async () => {
      await worker.ask({ call: 'release', graphs: [graph] });
    },
  };
}

const portOf = ({ name, dtype, shape }: XlaPort): ModelPort => ({
  name,
  type: dtype,
  shape: shape.map((size) => size ?? undefined),
});
