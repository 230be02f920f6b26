import { sizeOf } from '../../runs/hostTensor.js';
import type { Graph, Value } from '../graph.js';
import { recordKernel } from '../trace.js';
import { castTo } from './cast.js';

/** indices: [...] → [..., depth], true where the last axis's place is the index. */
function isOneOf(graph: Graph, indices: Value, depth: number): Value {
  const places = graph.constant(
    Int32Array.from({ length: depth }, (_, i) => i),
    [depth],
    'int32',
  );
  const column = graph.reshape(castTo(graph, indices, 'int32'), [...indices.shape, 1]);
  return graph.elementwise('Equal', [column, places], [...indices.shape, depth], 'bool');
}

recordKernel('OneHot', (graph, { indices }, { depth, onValue, offValue, dtype }) => {
  const hit = isOneOf(graph, indices, depth as number);
  const type = ((dtype as string) ?? 'int32') === 'float32' ? 'float32' : 'int32';
  if (onValue === 1 && offValue === 0) return castTo(graph, hit, type);
  const values = [onValue, offValue].map((v) => graph.uniform(v as number, [], type));
  return graph.elementwise('Where', [hit, ...values], hit.shape, type);
});

/**
 * How often, or with what total weight, each number below `size` occurs in the last axis.
 * x: [n] or [B, n], weights: the same shape, or empty → [size] or [B, size]
 */
function count(graph: Graph, x: Value, weights: Value, size: number, once = false): Value {
  const dtype = weights.dtype;
  const hit = castTo(graph, isOneOf(graph, x, size), dtype);
  const weighted = sizeOf(weights.shape) > 0 && !once;
  const each = weighted
    ? graph.elementwise('Mul', [hit, graph.reshape(weights, [...x.shape, 1])], hit.shape, dtype)
    : hit;
  const shape = [...x.shape.slice(0, -1), size];
  const axis = graph.int64([x.shape.length - 1]);
  return graph.node(once ? 'ReduceMax' : 'ReduceSum', [each, axis], shape, dtype, { keepdims: 0 });
}
recordKernel('Bincount', (graph, { x, weights }, { size }) => count(graph, x, weights, size as number));
recordKernel('DenseBincount', (graph, { x, weights }, { size, binaryOutput }) =>
  count(graph, x, weights, size as number, Boolean(binaryOutput)),
);

/** x: [...] → [..., ...] with x on the diagonal and zeros elsewhere. */
recordKernel('Diag', (graph, { x }) => {
  const n = sizeOf(x.shape);
  const flat = graph.reshape(x, [n]);
  const index = Int32Array.from({ length: n }, (_, i) => i);
  const onDiagonal = isOneOf(graph, graph.constant(index, [n], 'int32'), n);
  const dense = graph.elementwise('Where', [onDiagonal, flat, graph.uniform(0, [], x.dtype)], [n, n], x.dtype);
  return graph.reshape(dense, [...x.shape, ...x.shape]);
});
