import type { Graph, Value } from '../graph.js';
import { tf } from '../tf.js';
import { recordKernel } from '../trace.js';
import { castTo } from './cast.js';
import { slice } from './shape.js';

recordKernel('Cumsum', (graph, { x }, { axis, exclusive, reverse }) => {
  const numbers = x.dtype === 'bool' ? castTo(graph, x, 'int32') : x;
  const [at] = tf.util.parseAxisParam(axis as number, [...x.shape]);
  const attributes = { exclusive: exclusive ? 1 : 0, reverse: reverse ? 1 : 0 };
  const where = graph.constant(BigInt64Array.of(BigInt(at)), [], 'int64');
  return graph.node('CumSum', [numbers, where], x.shape, numbers.dtype, attributes);
});

/**
 * Products of all elements up to each one. ONNX has no such operator: after a multiplication by the result shifted by
 * 1, 2, 4, … every element holds the product of twice as many.
 */
recordKernel('Cumprod', (graph, { x }, { axis, exclusive, reverse }) => {
  const [at] = tf.util.parseAxisParam(axis as number, [...x.shape]);
  let product = exclusive ? shiftWithOnes(graph, x, at, 1, Boolean(reverse)) : x;
  for (let reach = 1; reach < x.shape[at]; reach *= 2) {
    const earlier = shiftWithOnes(graph, product, at, reach, Boolean(reverse));
    product = graph.elementwise('Mul', [product, earlier], x.shape, x.dtype);
  }
  return product;
});

/** x moved by `count` along one axis, towards the start if `backwards`; the gap is filled with ones. */
function shiftWithOnes(graph: Graph, x: Value, axis: number, count: number, backwards: boolean): Value {
  const gap = Math.min(count, x.shape[axis]);
  const along = (n: number) => x.shape.map((full, i) => (i === axis ? n : full));
  const begin = x.shape.map((_, i) => (i === axis && backwards ? gap : 0));
  const kept = slice(graph, x, begin, along(x.shape[axis] - gap));
  const ones = graph.uniform(1, along(gap), x.dtype);
  const parts = backwards ? [kept, ones] : [ones, kept];
  return graph.node('Concat', parts, x.shape, x.dtype, { axis });
}
