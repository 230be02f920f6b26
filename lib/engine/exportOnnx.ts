import { type HostTensors, mapTensors } from '../runs/hostTensor.js';
import { dtypeOf } from './checks.js';
import { Graph } from './graph.js';
import type { InputSpec, NamedTensors } from './step.js';
import './kernels/index.js';
import { encodeModel, type StoredWeights } from './onnx.js';
import { openBatch } from './openBatch.js';
import { Int8Graph, RangeGraph, type Ranges } from './products.js';
import { trace } from './trace.js';

/**
 * Traces a function of inputs to an ONNX model whose constants are initializers.
 * Inputs and outputs of the model carry the names given here.
 * @param anyBatch leaves the first axis of the inputs open: the model then takes any number of examples
 * @param stored how the constants are stored
 * @param products how products x·W with constants are computed: in float32; in 8 bits where W has a range (see `Int8Graph`);
 * or `'watched'`, in float32 with two more outputs each, `low W` and `high W`, x's least and greatest number
 * @throws InputError with the user's line for what cannot be traced
 */
export function exportOnnx(
  fn: (constants: NamedTensors, inputs: NamedTensors) => NamedTensors,
  {
    constants,
    inputs,
    anyBatch = false,
    stored = 'float32',
    products = 'float32',
    metadata = {},
  }: {
    constants: HostTensors;
    inputs: Record<string, InputSpec>;
    anyBatch?: boolean;
    stored?: StoredWeights;
    products?: 'float32' | 'watched' | Ranges;
    metadata?: Record<string, string>;
  },
): Uint8Array {
  const shapeFor = (shape: readonly number[], batch?: number) => (batch ? [batch, ...shape.slice(1)] : shape);
  const traceFor = (batch?: number) => {
    const recorder = recorderFor(products);
    const { graph, outputs } = trace(
      (placeholder, constant) =>
        fn(
          mapTensors(constants, (t, key) => constant(key, t.data, t.shape)),
          mapTensors(inputs, (spec, key) => placeholder(key, shapeFor(spec.shape, batch), dtypeOf(spec))),
        ),
      { name: 'exportOnnx', graph: recorder },
    );
    return { graph, outputs: recorder instanceof RangeGraph ? { ...outputs, ...recorder.ranges } : outputs };
  };
  const { graph, outputs } = anyBatch ? openBatch(traceFor) : traceFor();
  return encodeModel(graph, outputs, { stored, metadata });
}

function recorderFor(products: 'float32' | 'watched' | Ranges): Graph {
  if (products === 'float32') return new Graph();
  return products === 'watched' ? new RangeGraph() : new Int8Graph(products);
}
