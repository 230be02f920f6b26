import { broadcastShape, type Graph, type Value } from '../graph.js';
import { recordKernel } from '../trace.js';
import { activate } from './activation.js';
import { convolution } from './convolution.js';
import { depthwiseConvolution } from './depthwise.js';
import { formatOf } from './layout.js';
import { matMul } from './matmul.js';

// TensorFlow.js's fused kernels, taken apart again: ONNX Runtime fuses by itself.

recordKernel('_FusedMatMul', (graph, { a, b, bias, preluActivationWeights }, attrs) => {
  const product = matMul(graph, a, b, Boolean(attrs.transposeA), Boolean(attrs.transposeB));
  return finish(graph, product, attrs, bias, preluActivationWeights);
});
recordKernel('FusedConv2D', (graph, { x, filter, bias, preluActivationWeights }, attrs) => {
  const perChannel = channelwise(graph, attrs);
  const y = convolution(graph, x, filter, attrs);
  return finish(graph, y, attrs, perChannel(bias), perChannel(preluActivationWeights));
});
recordKernel('FusedDepthwiseConv2D', (graph, { x, filter, bias, preluActivationWeights }, attrs) => {
  const y = depthwiseConvolution(graph, x, filter, attrs);
  return finish(graph, y, attrs, bias, preluActivationWeights);
});

/** Adds the bias and applies the activation. */
function finish(graph: Graph, y: Value, attrs: Record<string, unknown>, bias?: Value, preluWeights?: Value): Value {
  const shape = bias ? broadcastShape([y.shape, bias.shape]) : y.shape;
  const sum = bias ? graph.elementwise('Add', [y, bias], shape, y.dtype) : y;
  return activate(graph, sum, attrs, preluWeights);
}

/** One number a channel, [C], as it broadcasts over an image in the kernel's format. */
const channelwise = (graph: Graph, attrs: Record<string, unknown>) => (v: Value | undefined) =>
  v && formatOf(attrs.dataFormat) === 'NCHW' && v.shape.length === 1 && v.shape[0] !== 1
    ? graph.reshape(v, [v.shape[0], 1, 1])
    : v;
