import type { Dtype } from '../graph.js';
import { recordKernel } from '../trace.js';

// Tensors whose numbers are known while tracing.

recordKernel('ZerosLike', (graph, { x }) => graph.uniform(0, x.shape, x.dtype));
recordKernel('OnesLike', (graph, { x }) => graph.uniform(1, x.shape, x.dtype));
recordKernel('Fill', (graph, _inputs, { shape, value, dtype }) =>
  graph.uniform(Number(value), shape as number[], (dtype as Dtype) ?? 'float32'),
);
recordKernel('Range', (graph, _inputs, attrs) => {
  const { start, stop, step } = attrs as { start: number; stop: number; step: number };
  const length = Math.max(0, Math.ceil((stop - start) / step));
  const list = Array.from({ length }, (_, i) => start + i * step);
  return attrs.dtype === 'int32'
    ? graph.constant(Int32Array.from(list), [length], 'int32')
    : graph.constant(Float32Array.from(list), [length], 'float32');
});
recordKernel('LinSpace', (graph, _inputs, attrs) => {
  const { start, stop, num } = attrs as { start: number; stop: number; num: number };
  const list = Float32Array.from({ length: num }, (_, i) => start + (i * (stop - start)) / Math.max(1, num - 1));
  return graph.constant(list, [num], 'float32');
});
