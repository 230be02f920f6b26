import { type Graph, sameShape, type Value } from '../graph.js';
import { sizeOf } from '../host.js';
import { tf } from '../tf.js';
import { recordKernel } from '../trace.js';
import { castTo } from './elementwise.js';

recordKernel('Reshape', (graph, { x }, { shape }) =>
  graph.reshape(x, tf.util.inferFromImplicitShape(shape as number[], sizeOf(x.shape))),
);
recordKernel('ExpandDims', (graph, { input }, { dim }) => {
  const axis = dim as number;
  const shape = [...input.shape];
  shape.splice(axis < 0 ? shape.length + 1 + axis : axis, 0, 1);
  return graph.reshape(input, shape);
});
recordKernel('Transpose', (graph, { x }, { perm }) =>
  graph.transpose(x, (perm as number[] | null) ?? x.shape.map((_, i) => x.shape.length - 1 - i)),
);
recordKernel('BroadcastTo', (graph, { x }, { shape }) => graph.expand(x, shape as number[]));

/** The part of x that starts at `begin` and is `size` long on each axis. */
function slice(graph: Graph, x: Value, begin: readonly number[], size: readonly number[]): Value {
  if (sameShape(size, x.shape)) return x;
  if (x.from.kind === 'uniform') return graph.uniform(x.from.value, size, x.dtype);
  const axes = size.map((_, i) => i).filter((i) => size[i] !== x.shape[i]);
  return graph.node(
    'Slice',
    [x, graph.int64(axes.map((i) => begin[i])), graph.int64(axes.map((i) => begin[i] + size[i])), graph.int64(axes)],
    size,
    x.dtype,
  );
}
recordKernel('Slice', (graph, { x }, { begin, size }) => {
  const full = { shape: [...x.shape], rank: x.shape.length } as unknown as tf.Tensor;
  const [start, length] = tf.slice_util.parseSliceParams(full, begin as number[], size as number[]);
  return slice(graph, x, start, length);
});
recordKernel('SplitV', (graph, { x }, { numOrSizeSplits, axis }) => {
  const at = tf.util.parseAxisParam(axis as number, [...x.shape])[0];
  const sizes = tf.backend_util.prepareSplitSize(
    { shape: [...x.shape] } as unknown as tf.Tensor,
    numOrSizeSplits as number | number[],
    at,
  );
  return split(graph, x, sizes, at);
});
function split(graph: Graph, x: Value, sizes: readonly number[], axis: number): Value[] {
  if (sizes.length === 1) return [x];
  const shapes = sizes.map((n) => x.shape.map((full, i) => (i === axis ? n : full)));
  return graph.nodes1(
    'Split',
    [x, graph.int64(sizes)],
    shapes,
    shapes.map(() => x.dtype),
    { axis },
  );
}

function concat(graph: Graph, parts: readonly Value[], axis: number): Value {
  const real = parts.filter((v) => sizeOf(v.shape) > 0);
  if (real.length === 1) return real[0];
  const shape = [...real[0].shape];
  shape[axis] = real.reduce((sum, v) => sum + v.shape[axis], 0);
  return graph.node('Concat', real, shape, real[0].dtype, { axis });
}
recordKernel('Concat', (graph, { list }, { axis }) =>
  concat(graph, list, tf.util.parseAxisParam(axis as number, [...list[0].shape])[0]),
);
const insertOne = (shape: readonly number[], axis: number) => [...shape.slice(0, axis), 1, ...shape.slice(axis)];
recordKernel('Pack', (graph, { list }, { axis }) => {
  const at = (axis as number) < 0 ? list[0].shape.length + 1 + (axis as number) : (axis as number);
  return concat(
    graph,
    list.map((v) => graph.reshape(v, insertOne(v.shape, at))),
    at,
  );
});
recordKernel('Unpack', (graph, { value }, { axis }) => {
  const at = tf.util.parseAxisParam(axis as number, [...value.shape])[0];
  const shape = value.shape.filter((_, i) => i !== at);
  return split(graph, value, new Array(value.shape[at]).fill(1), at).map((v) => graph.reshape(v, shape));
});
recordKernel('Tile', (graph, { x }, { reps }) => {
  const times = reps as number[];
  const shape = x.shape.map((n, i) => n * times[i]);
  if (x.shape.every((n, i) => n === 1 || times[i] === 1)) return graph.expand(x, shape);
  return graph.node('Tile', [x, graph.int64(times)], shape, x.dtype);
});
recordKernel('PadV2', (graph, { x }, { paddings, constantValue }) => {
  const pads = paddings as [number, number][];
  const shape = x.shape.map((n, i) => n + pads[i][0] + pads[i][1]);
  const amounts = graph.int64([...pads.map((p) => p[0]), ...pads.map((p) => p[1])]);
  return graph.node('Pad', [x, amounts, graph.uniform((constantValue as number) ?? 0, [], x.dtype)], shape, x.dtype, {
    mode: 'constant',
  });
});
recordKernel('GatherV2', (graph, { x, indices }, { axis, batchDims }) => {
  if ((batchDims as number) > 0) throw new Error('tf.gather with batchDims > 0 cannot be traced yet');
  const at = tf.util.parseAxisParam(axis as number, [...x.shape])[0];
  const shape = [...x.shape.slice(0, at), ...indices.shape, ...x.shape.slice(at + 1)];
  return graph.node('Gather', [x, indices], shape, x.dtype, { axis: at });
});
recordKernel('UnsortedSegmentSum', (graph, { x, segmentIds }, { numSegments }) => {
  // The gradient of a gather: rows that share an index are added by a product with a one-hot matrix, in a fixed order.
  const rows = numSegments as number;
  const count = segmentIds.shape[0];
  const range = graph.constant(
    Int32Array.from({ length: rows }, (_, i) => i),
    [rows, 1],
    'int32',
  );
  const hit = graph.elementwise('Equal', [graph.reshape(segmentIds, [1, count]), range], [rows, count], 'bool');
  const rest = sizeOf(x.shape) / count;
  const sum = graph.node(
    'MatMul',
    [castTo(graph, hit, x.dtype), graph.reshape(x, [count, rest])],
    [rows, rest],
    x.dtype,
  );
  return graph.reshape(sum, [rows, ...x.shape.slice(segmentIds.shape.length)]);
});
recordKernel('OneHot', (graph, { indices }, { depth, onValue, offValue, dtype }) => {
  const n = depth as number;
  const shape = [...indices.shape, n];
  const range = graph.constant(
    Int32Array.from({ length: n }, (_, i) => i),
    [n],
    'int32',
  );
  const hit = graph.elementwise('Equal', [graph.reshape(indices, [...indices.shape, 1]), range], shape, 'bool');
  const type = ((dtype as string) ?? 'int32') === 'float32' ? 'float32' : 'int32';
  if (onValue === 1 && offValue === 0) return castTo(graph, hit, type);
  const values = [onValue, offValue].map((v) => graph.uniform(v as number, [], type));
  return graph.elementwise('Where', [hit, ...values], shape, type);
});
recordKernel('Range', (graph, _inputs, { start, stop, step, dtype }) => {
  const list: number[] = [];
  for (
    let x = start as number;
    (step as number) > 0 ? x < (stop as number) : x > (stop as number);
    x += step as number
  ) {
    list.push(x);
  }
  return dtype === 'int32'
    ? graph.constant(Int32Array.from(list), [list.length], 'int32')
    : graph.constant(Float32Array.from(list), [list.length], 'float32');
});
