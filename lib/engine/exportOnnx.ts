import { dtypeOf } from './checks.js';
import type { InputSpec, NamedTensors } from './compile.js';
import { type HostTensors, mapTensors } from './host.js';
import './kernels/index.js';
import { encodeModel } from './onnx.js';
import { openBatch } from './openBatch.js';
import { trace } from './trace.js';

/**
 * Traces a function of inputs to an ONNX model whose constants are initializers.
 * Inputs and outputs of the model carry the names given here.
 * @param anyBatch leaves the first axis of the inputs open: the model then takes any number of examples
 * @param halfWeights stores the constants as float16 (half the file); they are widened when the model is loaded
 * @throws InputError with the user's line for what cannot be traced
 */
export function exportOnnx(
  fn: (constants: NamedTensors, inputs: NamedTensors) => NamedTensors,
  {
    constants,
    inputs,
    anyBatch = false,
    halfWeights = false,
    metadata = {},
  }: {
    constants: HostTensors;
    inputs: Record<string, InputSpec>;
    anyBatch?: boolean;
    halfWeights?: boolean;
    metadata?: Record<string, string>;
  },
): Uint8Array {
  const shapeFor = (shape: readonly number[], batch?: number) => (batch ? [batch, ...shape.slice(1)] : shape);
  const traceFor = (batch?: number) =>
    trace(
      (placeholder, constant) =>
        fn(
          mapTensors(constants, (t, key) => constant(key, t.data, t.shape)),
          mapTensors(inputs, (spec, key) => placeholder(key, shapeFor(spec.shape, batch), dtypeOf(spec))),
        ),
      { name: 'exportOnnx' },
    );
  const { graph, outputs } = anyBatch ? openBatch(traceFor) : traceFor();
  return encodeModel(graph, outputs, { halfWeights, metadata });
}
