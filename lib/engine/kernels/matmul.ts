import { broadcastShape, type Graph, type Value } from '../graph.js';
import { recordKernel } from '../trace.js';

/** If x is a transposition of its last two axes, the tensor before it. */
function beforeTransposition(graph: Graph, x: Value): Value | undefined {
  const node = graph.producer(x, 'Transpose');
  const perm = node?.attributes.perm as readonly number[] | undefined;
  const rank = x.shape.length;
  const swapsLast = perm?.every((axis, i) => axis === (i < rank - 2 ? i : i === rank - 2 ? rank - 1 : rank - 2));
  return swapsLast ? node?.inputs[0] : undefined;
}

recordKernel('BatchMatMul', (graph, { a, b }, { transposeA, transposeB }) => {
  let transA = Boolean(transposeA);
  let transB = Boolean(transposeB);
  const flat = { a: beforeTransposition(graph, a), b: beforeTransposition(graph, b) };
  if (flat.a) {
    a = flat.a;
    transA = !transA;
  }
  if (flat.b) {
    b = flat.b;
    transB = !transB;
  }
  const rows = a.shape.at(transA ? -1 : -2) as number;
  const columns = b.shape.at(transB ? -2 : -1) as number;
  const shape = [...broadcastShape([a.shape.slice(0, -2), b.shape.slice(0, -2)]), rows, columns];
  if (!transA && !transB) return graph.node('MatMul', [a, b], shape, a.dtype);
  const attributes = { transA: transA ? 1 : 0, transB: transB ? 1 : 0 };
  return graph.node('FusedMatMul', [a, b], shape, a.dtype, attributes, 'com.microsoft');
});
