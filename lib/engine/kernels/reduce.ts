import type { Dtype, Graph, Value } from '../graph.js';
import { tf } from '../tf.js';
import { recordKernel } from '../trace.js';
import { castTo } from './cast.js';

function reduce(graph: Graph, op: string, x: Value, axis: unknown, keepDims: unknown, dtype: Dtype = x.dtype): Value {
  const axes = tf.util.parseAxisParam((axis as number | number[] | null) ?? x.shape.map((_, i) => i), [...x.shape]);
  const kept = x.shape.map((n, i) => (axes.includes(i) ? 1 : n));
  const shape = keepDims ? kept : x.shape.filter((_, i) => !axes.includes(i));
  if (axes.every((i) => x.shape[i] === 1)) return graph.reshape(castTo(graph, x, dtype), shape);
  return graph.node(op, [x, graph.int64(axes)], shape, dtype, { keepdims: keepDims ? 1 : 0 });
}

const boolAsInt = (graph: Graph, x: Value) => (x.dtype === 'bool' ? castTo(graph, x, 'int32') : x);

recordKernel('Sum', (graph, { x }, { axis, keepDims }) =>
  reduce(graph, 'ReduceSum', boolAsInt(graph, x), axis, keepDims),
);
recordKernel('Prod', (graph, { x }, { axis, keepDims }) =>
  reduce(graph, 'ReduceProd', boolAsInt(graph, x), axis, keepDims),
);
recordKernel('Mean', (graph, { x }, { axis, keepDims }) =>
  reduce(graph, 'ReduceMean', castTo(graph, x, 'float32'), axis, keepDims),
);
recordKernel('Max', (graph, { x }, { reductionIndices, keepDims }) =>
  reduce(graph, 'ReduceMax', x, reductionIndices, keepDims),
);
recordKernel('Min', (graph, { x }, { axis, keepDims }) => reduce(graph, 'ReduceMin', x, axis, keepDims));
recordKernel('All', (graph, { x }, { axis, keepDims }) =>
  castTo(graph, reduce(graph, 'ReduceMin', castTo(graph, x, 'int32'), axis, keepDims), 'bool'),
);
recordKernel('Any', (graph, { x }, { axis, keepDims }) =>
  castTo(graph, reduce(graph, 'ReduceMax', castTo(graph, x, 'int32'), axis, keepDims), 'bool'),
);

for (const kernel of ['ArgMax', 'ArgMin']) {
  recordKernel(kernel, (graph, { x }, { axis }) => {
    const at = tf.util.parseAxisParam(axis as number, [...x.shape])[0];
    const shape = x.shape.filter((_, i) => i !== at);
    const index = graph.node(kernel, [x], shape, 'int64', { axis: at, keepdims: 0 });
    return castTo(graph, index, 'int32');
  });
}
recordKernel('TopK', (graph, { x }, { k, sorted }) => {
  const shape = [...x.shape.slice(0, -1), k as number];
  const attributes = { axis: -1, largest: 1, sorted: sorted ? 1 : 0 };
  const inputs = [x, graph.int64([k as number])];
  const [values, indices] = graph.outputsOf('TopK', inputs, [shape, shape], [x.dtype, 'int64'], attributes);
  return [values, castTo(graph, indices, 'int32')];
});

recordKernel('Softmax', (graph, { logits }, { dim }) =>
  graph.node('Softmax', [logits], logits.shape, logits.dtype, { axis: (dim as number) ?? -1 }),
);
recordKernel('LogSoftmax', (graph, { logits }, { axis }) =>
  graph.node('LogSoftmax', [logits], logits.shape, logits.dtype, { axis: (axis as number) ?? -1 }),
);
