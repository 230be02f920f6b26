import { broadcastShape, type Graph, type Value } from '../graph.js';
import { recordKernel } from '../trace.js';
import { castTo } from './cast.js';

const binary: Record<string, string> = {
  Equal: 'Equal',
  Greater: 'Greater',
  GreaterEqual: 'GreaterOrEqual',
  Less: 'Less',
  LessEqual: 'LessOrEqual',
  LogicalAnd: 'And',
  LogicalOr: 'Or',
};
for (const [kernel, op] of Object.entries(binary)) {
  recordKernel(kernel, (graph, { a, b }) => graph.elementwise(op, [a, b], broadcastShape([a.shape, b.shape]), 'bool'));
}

const not = (graph: Graph, x: Value) => graph.elementwise('Not', [x], x.shape, 'bool');

recordKernel('NotEqual', (graph, { a, b }) => {
  const shape = broadcastShape([a.shape, b.shape]);
  return not(graph, graph.elementwise('Equal', [a, b], shape, 'bool'));
});
recordKernel('LogicalNot', (graph, { x }) => not(graph, x));

/** ONNX asks floats only; integers are always finite. */
const asks = (graph: Graph, op: string, x: Value) =>
  x.dtype === 'float32' ? graph.elementwise(op, [x], x.shape, 'bool') : graph.uniform(0, x.shape, 'bool');
recordKernel('IsNan', (graph, { x }) => asks(graph, 'IsNaN', x));
recordKernel('IsInf', (graph, { x }) => asks(graph, 'IsInf', x));
recordKernel('IsFinite', (graph, { x }) => {
  const either = graph.elementwise('Or', [asks(graph, 'IsNaN', x), asks(graph, 'IsInf', x)], x.shape, 'bool');
  return not(graph, either);
});

recordKernel('Select', (graph, { condition, t, e }) => {
  const shape = broadcastShape([condition.shape, t.shape, e.shape]);
  const dtype = t.dtype === e.dtype ? t.dtype : 'float32';
  const branches = [t, e].map((v) => castTo(graph, v, dtype));
  return graph.elementwise('Where', [condition, ...branches], shape, dtype);
});
