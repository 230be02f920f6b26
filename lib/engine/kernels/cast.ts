import type { Dtype, Graph, Value } from '../graph.js';
import { ELEMENT } from '../onnx.js';
import { recordKernel } from '../trace.js';

/** x in another dtype; float32 → int32 drops the fraction. */
export function castTo(graph: Graph, x: Value, dtype: Dtype): Value {
  if (x.dtype === dtype) return x;
  if (x.from.kind === 'uniform') {
    const { value } = x.from;
    const integer = dtype === 'int32' || dtype === 'int64';
    return graph.uniform(dtype === 'bool' ? Number(value !== 0) : integer ? Math.trunc(value) : value, x.shape, dtype);
  }
  return graph.elementwise('Cast', [x], x.shape, dtype, { attributes: { to: ELEMENT[dtype] } });
}
recordKernel('Cast', (graph, { x }, { dtype }) => castTo(graph, x, dtype as Dtype));
