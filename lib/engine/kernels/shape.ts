import { sizeOf } from '../../runs/hostTensor.js';
import { type Graph, sameShape, type Value } from '../graph.js';
import { tf } from '../tf.js';
import { recordKernel } from '../trace.js';

recordKernel('Identity', (_graph, { x }) => x);
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
recordKernel('Tile', (graph, { x }, { reps }) => {
  const times = reps as number[];
  const shape = x.shape.map((n, i) => n * times[i]);
  if (x.shape.every((n, i) => n === 1 || times[i] === 1)) return graph.expand(x, shape);
  return graph.node('Tile', [x, graph.int64(times)], shape, x.dtype);
});

/** The part of x that starts at `begin` and is `size` long on each axis. */
export function slice(graph: Graph, x: Value, begin: readonly number[], size: readonly number[]): Value {
  if (sameShape(size, x.shape)) return x;
  if (x.from.kind === 'uniform') return graph.uniform(x.from.value, size, x.dtype);
  const axes = size.map((_, i) => i).filter((i) => size[i] !== x.shape[i]);
  const lists = [axes.map((i) => begin[i]), axes.map((i) => begin[i] + size[i]), axes];
  return graph.node('Slice', [x, ...lists.map((list) => graph.int64(list))], size, x.dtype);
}
recordKernel('Slice', (graph, { x }, { begin, size }) => {
  const full = { shape: [...x.shape], rank: x.shape.length } as unknown as tf.Tensor;
  const [start, length] = tf.slice_util.parseSliceParams(full, begin as number[], size as number[]);
  return slice(graph, x, start, length);
});

recordKernel('SplitV', (graph, { x }, { numOrSizeSplits, axis }) => {
  const at = tf.util.parseAxisParam(axis as number, [...x.shape])[0];
  const like = { shape: [...x.shape] } as unknown as tf.Tensor;
  return split(graph, x, tf.backend_util.prepareSplitSize(like, numOrSizeSplits as number | number[], at), at);
});
function split(graph: Graph, x: Value, sizes: readonly number[], axis: number): Value[] {
  if (sizes.length === 1) return [x];
  const shapes = sizes.map((n) => x.shape.map((full, i) => (i === axis ? n : full)));
  const dtypes = sizes.map(() => x.dtype);
  return graph.outputsOf('Split', [x, graph.int64(sizes)], shapes, dtypes, { axis });
}

function concat(graph: Graph, parts: readonly Value[], axis: number): Value {
  const real = parts.filter((v) => sizeOf(v.shape) > 0);
  if (real.length === 0) return parts[0];
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
  const parts = list.map((v) => graph.reshape(v, insertOne(v.shape, at)));
  return concat(graph, parts, at);
});
recordKernel('Unpack', (graph, { value }, { axis }) => {
  const at = tf.util.parseAxisParam(axis as number, [...value.shape])[0];
  const shape = value.shape.filter((_, i) => i !== at);
  return split(graph, value, new Array(value.shape[at]).fill(1), at).map((v) => graph.reshape(v, shape));
});
