import { recordKernel } from '../trace.js';

/** A kernel that TensorFlow.js does not have: see `standardise` in lib/nn, which calls it where it is registered. */
export const STANDARDISE = 'SynclrStandardise';

/** x: [..., D] → (x − mean)/√(variance + eps) [..., D] and 1/√(variance + eps) [..., 1], by ONNX's LayerNormalization. */
recordKernel(STANDARDISE, (graph, { x }, { eps }) => {
  const inner = x.shape.length - 1;
  const rows = [...x.shape.slice(0, inner), 1];
  const [standard, , inverse] = graph.outputsOf(
    'LayerNormalization',
    [x, graph.uniform(1, x.shape.slice(inner), x.dtype)],
    [x.shape, rows, rows],
    [x.dtype, x.dtype, x.dtype],
    { axis: -1, epsilon: { float: eps as number } },
  );
  return [standard, inverse];
});
