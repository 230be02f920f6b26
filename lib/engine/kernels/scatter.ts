import { sizeOf } from '../../runs/hostTensor.js';
import type { Graph, Value } from '../graph.js';
import { recordKernel } from '../trace.js';
import { castTo } from './cast.js';
import { slice } from './shape.js';

/**
 * Adds the rows of x [count, width] that share a number → [rows, width]. Rows whose number is not in [0, rows) are left
 * out. ONNX Runtime adds on one thread, in order; a product with a one-hot matrix is slower from 1000 rows on (4 times
 * for 1024 rows of 1024 elements).
 */
function addRows(graph: Graph, x: Value, numbers: Value, rows: number): Value {
  const [count, width] = x.shape;
  const places = graph.expand(graph.reshape(orRest(graph, numbers, rows), [count, 1]), [count, width]);
  const empty = graph.uniform(0, [rows + 1, width], x.dtype);
  const sum = graph.node('ScatterElements', [empty, places, x], [rows + 1, width], x.dtype, {
    axis: 0,
    reduction: 'add',
  });
  return slice(graph, sum, [0, 0], [rows, width]);
}

/** Row numbers, with those outside [0, rows) sent to one more row that is dropped afterwards. */
function orRest(graph: Graph, numbers: Value, rows: number): Value {
  const test = (op: string, bound: number) =>
    graph.elementwise(op, [numbers, graph.uniform(bound, [], 'int32')], numbers.shape, 'bool');
  const outside = graph.elementwise('Or', [test('Less', 0), test('GreaterOrEqual', rows)], numbers.shape, 'bool');
  return graph.elementwise('Where', [outside, graph.uniform(rows, [], 'int32'), numbers], numbers.shape, 'int32');
}

/** The gradient of a gather. x: [count, ...], segmentIds: [count] → [numSegments, ...] */
recordKernel('UnsortedSegmentSum', (graph, { x, segmentIds }, { numSegments }) => {
  const rows = numSegments as number;
  const [count] = segmentIds.shape;
  const flat = graph.reshape(x, [count, sizeOf(x.shape) / count]);
  return graph.reshape(addRows(graph, flat, segmentIds, rows), [rows, ...x.shape.slice(1)]);
});

/** Index tuples [..., k] into a tensor of `shape` → row numbers [count] of that tensor seen as [rows, width]. */
function rowNumbers(graph: Graph, indices: Value, shape: readonly number[]) {
  const depth = indices.shape.at(-1) as number;
  const count = sizeOf(indices.shape) / depth;
  const leading = shape.slice(0, depth);
  const steps = leading.map((_, i) => sizeOf(leading.slice(i + 1)));
  const tuples = graph.reshape(castTo(graph, indices, 'int32'), [count, depth]);
  const weights = graph.constant(Int32Array.from(steps), [depth], 'int32');
  const products = graph.elementwise('Mul', [tuples, weights], [count, depth], 'int32');
  const numbers = graph.node('ReduceSum', [products, graph.int64([1])], [count], 'int32', { keepdims: 0 });
  return { numbers, count, rows: sizeOf(leading), width: sizeOf(shape.slice(depth)) };
}

/** Adds updates at index tuples into zeros; tuples that occur twice add up. */
recordKernel('ScatterNd', (graph, { indices, updates }, attrs) => {
  const shape = attrs.shape as number[];
  const { numbers, count, rows, width } = rowNumbers(graph, indices, shape);
  return graph.reshape(addRows(graph, graph.reshape(updates, [count, width]), numbers, rows), shape);
});

/** Writes updates at index tuples over x; of tuples that occur twice the last one counts. */
function overwrite(graph: Graph, x: Value, indices: Value, updates: Value): Value {
  const { numbers, count, rows, width } = rowNumbers(graph, indices, x.shape);
  const places = graph.expand(graph.reshape(numbers, [count, 1]), [count, width]);
  const rowsOfUpdates = graph.reshape(
    graph.expand(updates, sizeOf(updates.shape) === 1 ? [count, width] : updates.shape),
    [count, width],
  );
  const inputs = [graph.reshape(x, [rows, width]), places, rowsOfUpdates];
  return graph.reshape(graph.node('ScatterElements', inputs, [rows, width], x.dtype, { axis: 0 }), x.shape);
}
recordKernel('TensorScatterUpdate', (graph, { tensor, indices, updates }) =>
  overwrite(graph, tensor, indices, updates),
);
recordKernel('SparseToDense', (graph, { sparseIndices, sparseValues, defaultValue }, { outputShape }) => {
  const shape = outputShape as number[];
  const single = sizeOf(sparseIndices.shape) === 1 || sparseIndices.shape.length < 2;
  const tuples = single ? graph.reshape(sparseIndices, [sizeOf(sparseIndices.shape), 1]) : sparseIndices;
  return overwrite(graph, graph.expand(graph.reshape(defaultValue, []), shape), tuples, sparseValues);
});
