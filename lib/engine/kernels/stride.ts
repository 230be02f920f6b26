import type { Graph, Value } from '../graph.js';
import { tf } from '../tf.js';
import { recordKernel } from '../trace.js';

/** Every `strides[i]`-th element of axis i from `begin` on; a negative stride goes backwards. */
function strided(
  graph: Graph,
  x: Value,
  begin: readonly number[],
  strides: readonly number[],
  shape: readonly number[],
): Value {
  if (x.from.kind === 'uniform') return graph.uniform(x.from.value, shape, x.dtype);
  const axes = shape.map((_, i) => i).filter((i) => shape[i] !== x.shape[i] || strides[i] !== 1);
  if (axes.length === 0) return x;
  // An end before the first element is out of range for ONNX, which reads −1 as the last one.
  const ends = axes.map((i) => {
    const end = begin[i] + (shape[i] - 1) * strides[i] + Math.sign(strides[i]);
    return end < 0 ? -(x.shape[i] + 1) : end;
  });
  const lists = [axes.map((i) => begin[i]), ends, axes, axes.map((i) => strides[i])];
  return graph.node('Slice', [x, ...lists.map((list) => graph.int64(list))], shape, x.dtype);
}

/** What the attributes of a StridedSlice mean for a tensor of this shape. */
export function sliceInfo(shape: readonly number[], attrs: Record<string, unknown>) {
  const { begin, end, strides, beginMask, endMask, ellipsisMask, newAxisMask, shrinkAxisMask } = attrs as Record<
    string,
    number & number[]
  >;
  const masks = [beginMask, endMask, ellipsisMask, newAxisMask, shrinkAxisMask] as const;
  return tf.slice_util.sliceInfo([...shape], begin, end, strides, ...masks);
}

recordKernel('StridedSlice', (graph, { x }, attrs) => {
  const info = sliceInfo(x.shape, attrs);
  const shape = tf.slice_util.computeOutShape(info.begin, info.end, info.strides);
  return graph.reshape(strided(graph, x, info.begin, info.strides, shape), info.finalShape);
});

/** x with the order along some axes reversed. */
export function reverse(graph: Graph, x: Value, axes: readonly number[]): Value {
  const begin = x.shape.map((n, i) => (axes.includes(i) ? n - 1 : 0));
  const strides = x.shape.map((_, i) => (axes.includes(i) ? -1 : 1));
  return strided(graph, x, begin, strides, x.shape);
}
recordKernel('Reverse', (graph, { x }, { dims }) =>
  reverse(graph, x, tf.util.parseAxisParam(dims as number | number[], [...x.shape])),
);
recordKernel('FlipLeftRight', (graph, { image }) => reverse(graph, image, [2]));
