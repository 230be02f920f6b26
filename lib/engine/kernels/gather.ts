import { sizeOf } from '../../runs/hostTensor.js';
import type { Graph, Value } from '../graph.js';
import { tf } from '../tf.js';
import { recordKernel } from '../trace.js';
import { castTo } from './cast.js';

/** The elements of one axis at places known while tracing. */
export function gatherAlong(graph: Graph, x: Value, places: readonly number[], axis: number): Value {
  const shape = x.shape.map((n, i) => (i === axis ? places.length : n));
  if (x.from.kind === 'uniform') return graph.uniform(x.from.value, shape, x.dtype);
  return graph.node('Gather', [x, graph.int64(places)], shape, x.dtype, { axis });
}

recordKernel('GatherV2', (graph, { x, indices }, attrs) => {
  const axis = tf.util.parseAxisParam(attrs.axis as number, [...x.shape])[0];
  const batchDims = ((attrs.batchDims as number) ?? 0) + ((attrs.batchDims as number) < 0 ? indices.shape.length : 0);
  if (batchDims > 0) return batchedGather(graph, x, indices, axis, batchDims);
  const shape = [...x.shape.slice(0, axis), ...indices.shape, ...x.shape.slice(axis + 1)];
  if (x.from.kind === 'uniform') return graph.uniform(x.from.value, shape, x.dtype);
  return graph.node('Gather', [x, indices], shape, x.dtype, { axis });
});

/**
 * Every example has indices of its own: example b of x [B, outer, D, inner] is read at indices[b] [n]. The examples'
 * tables are laid one after the other, so that index i of example b is row b·D + i of one table.
 */
function batchedGather(graph: Graph, x: Value, indices: Value, axis: number, batchDims: number): Value {
  const like = (v: Value) => ({ shape: [...v.shape] }) as unknown as tf.Tensor;
  const info = tf.backend_util.segment_util.collectGatherOpShapeInfo(like(x), like(indices), axis, batchDims);
  const { batchSize: batch, outerSize: outer, dimSize: depth, sliceSize: inner } = info;
  const count = sizeOf(indices.shape) / batch;
  const starts = graph.constant(
    Int32Array.from({ length: batch }, (_, b) => b * depth),
    [batch, 1],
    'int32',
  );
  const own = graph.reshape(castTo(graph, indices, 'int32'), [batch, count]);
  const rows = graph.elementwise('Add', [own, starts], [batch, count], 'int32');
  const table = graph.transpose(graph.reshape(x, [batch, outer, depth, inner]), [0, 2, 1, 3]);
  const read = graph.node(
    'Gather',
    [graph.reshape(table, [batch * depth, outer, inner]), rows],
    [batch, count, outer, inner],
    x.dtype,
    { axis: 0 },
  );
  return graph.reshape(graph.transpose(read, [0, 2, 1, 3]), info.outputShape);
}

/** params: [n0, n1, ...], indices: [..., k] → the slices of params at the k-tuples of indices. */
recordKernel('GatherNd', (graph, { params, indices }) => {
  const depth = indices.shape.at(-1) as number;
  const shape = [...indices.shape.slice(0, -1), ...params.shape.slice(depth)];
  return graph.node('GatherND', [params, castTo(graph, indices, 'int64')], shape, params.dtype, { batch_dims: 0 });
});
