import type { Value } from '../graph.js';
import { recordKernel } from '../trace.js';

/** scale · (x − mean) / √(variance + ε) + offset. x: [B, H, W, C], the others [C] or like x; scale and offset optional. */
recordKernel('FusedBatchNorm', (graph, { x, mean, variance, scale, offset }, { varianceEpsilon }) => {
  const op = (name: string, inputs: Value[], like: Value) => graph.elementwise(name, inputs, like.shape, x.dtype);
  const shifted = op('Add', [variance, graph.uniform(varianceEpsilon as number, [], x.dtype)], variance);
  const deviation = op('Sqrt', [shifted], variance);
  const factor = scale ? op('Div', [scale, deviation], variance) : op('Reciprocal', [deviation], variance);
  const normal = op('Mul', [op('Sub', [x, mean], x), factor], x);
  return offset ? op('Add', [normal, offset], x) : normal;
});
