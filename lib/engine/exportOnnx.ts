import { dtypeOf } from './checks.js';
import type { InputSpec, NamedTensors } from './compile.js';
import { type HostTensors, mapTensors } from './host.js';
import './kernels/index.js';
import { encodeModel } from './onnx.js';
import { trace } from './trace.js';

/**
 * Traces a function of inputs to an ONNX model whose constants are initializers.
 * Inputs and outputs of the model carry the names given here.
 * @param halfWeights stores the constants as float16 (half the file); they are widened when the model is loaded
 * @throws InputError with the user's line for what cannot be traced
 */
export function exportOnnx(
  fn: (constants: NamedTensors, inputs: NamedTensors) => NamedTensors,
  {
    constants,
    inputs,
    halfWeights = false,
    metadata = {},
  }: {
    constants: HostTensors;
    inputs: Record<string, InputSpec>;
    halfWeights?: boolean;
    metadata?: Record<string, string>;
  },
): Uint8Array {
  const { graph, outputs } = trace(
    (placeholder, constant) =>
      fn(
        mapTensors(constants, (t, key) => constant(key, t.data, t.shape)),
        mapTensors(inputs, (spec, key) => placeholder(key, spec.shape, dtypeOf(spec))),
      ),
    { name: 'exportOnnx' },
  );
  return encodeModel(graph, outputs, { halfWeights, metadata });
}
