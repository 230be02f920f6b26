import { sizeOf } from '../../runs/hostTensor.js';
import type { Graph, Value } from '../graph.js';
import { recordKernel } from '../trace.js';
import { fromChannelsFirst, toChannelsFirst } from './layout.js';
import { averageMatrix } from './matrices.js';
import { separable, separableGradient } from './separable.js';
import { poolingWindows, type Windows, windowAttributes } from './window.js';

/** The shape of a pooling's output as ONNX lays it out. */
const pooledShape = ([batch, , , channels]: readonly number[], [h, w]: Windows) => [batch, channels, h.out, w.out];

/** Global pooling has one window, or a few that cover everything: a product is cheaper than walking windows. */
const coversAll = (windows: Windows) => windows.every((s) => s.kernel >= s.size);

recordKernel('AvgPool', (graph, { x }, attrs) => {
  const windows = poolingWindows(x.shape, attrs);
  if (coversAll(windows)) return separable(graph, x, averageMatrix(windows[0]), averageMatrix(windows[1]));
  const { dilations: _all1, ...attributes } = windowAttributes(windows);
  const y = graph.node('AveragePool', [toChannelsFirst(graph, x)], pooledShape(x.shape, windows), x.dtype, {
    ...attributes,
    count_include_pad: 0,
  });
  return fromChannelsFirst(graph, y);
});

/** The mean over a window is a mean over rows of means over columns, so the gradient is a product for each. */
recordKernel('AvgPoolGrad', (graph, { dy, input }, attrs) => {
  const [h, w] = poolingWindows(input.shape, attrs);
  return separableGradient(graph, dy, averageMatrix(h), averageMatrix(w));
});

function maxPool(graph: Graph, x: Value, windows: Windows, outputs: 1 | 2): Value[] {
  const shape = pooledShape(x.shape, windows);
  const shapes = [shape, shape].slice(0, outputs);
  const dtypes = [x.dtype, 'int64' as const].slice(0, outputs);
  return graph.outputsOf('MaxPool', [toChannelsFirst(graph, x)], shapes, dtypes, windowAttributes(windows));
}

recordKernel('MaxPool', (graph, { x }, attrs) => {
  const [y] = maxPool(graph, x, poolingWindows(x.shape, attrs), 1);
  return fromChannelsFirst(graph, y);
});

/** dy goes to the first largest input of each window, and adds up where windows overlap. */
recordKernel('MaxPoolGrad', (graph, { dy, input }, attrs) => {
  const [, places] = maxPool(graph, input, poolingWindows(input.shape, attrs), 2);
  const [batch, height, width, channels] = input.shape;
  const flat = (v: Value) => graph.reshape(v, [sizeOf(v.shape)]);
  const size = sizeOf(input.shape);
  const updates = flat(toChannelsFirst(graph, dy));
  const inputs = [graph.uniform(0, [size], dy.dtype), flat(places), updates];
  const dx = graph.node('ScatterElements', inputs, [size], dy.dtype, { axis: 0, reduction: 'add' });
  return fromChannelsFirst(graph, graph.reshape(dx, [batch, channels, height, width]));
});
