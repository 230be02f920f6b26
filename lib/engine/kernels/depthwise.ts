import type { Graph, Value } from '../graph.js';
import { recordKernel } from '../trace.js';
import { convolutionInfo } from './convolution.js';
import { imageGradient, onnxFilter, tapReads } from './convolutionGradient.js';
import { formatOf, fromChannelsFirst, toChannelsFirst } from './layout.js';
import { slidings, windowAttributes } from './window.js';

/** x: an image with C channels, filter: [H, W, C, M] → C·M channels, each from one channel of x. */
export function depthwiseConvolution(graph: Graph, x: Value, filter: Value, attrs: Record<string, unknown>): Value {
  const info = convolutionInfo(x.shape, filter.shape, attrs, true);
  const format = formatOf(attrs.dataFormat);
  const y = graph.node(
    'Conv',
    [toChannelsFirst(graph, x, format), onnxFilter(graph, filter, info.inChannels)],
    [info.batchSize, info.outChannels, info.outHeight, info.outWidth],
    x.dtype,
    { ...windowAttributes(slidings(info)), group: info.inChannels },
  );
  return fromChannelsFirst(graph, y, format);
}
recordKernel('DepthwiseConv2dNative', (graph, { x, filter }, attrs) => depthwiseConvolution(graph, x, filter, attrs));

recordKernel('DepthwiseConv2dNativeBackpropInput', (graph, { dy, filter }, attrs) => {
  const info = convolutionInfo(attrs.inputShape as number[], filter.shape, attrs, true);
  const shape = [info.batchSize, info.inChannels, info.inHeight, info.inWidth];
  const dx = imageGradient(graph, toChannelsFirst(graph, dy), filter, slidings(info), shape, info.inChannels);
  return fromChannelsFirst(graph, dx);
});

/** Tap by tap, the sum over all N pixels of what the tap reads [N, C, 1] times dy [N, C, M]. */
recordKernel('DepthwiseConv2dNativeBackpropFilter', (graph, { x, dy }, attrs) => {
  const info = convolutionInfo(x.shape, attrs.filterShape as number[], attrs, true);
  const { inChannels: channels, outChannels, filterHeight, filterWidth } = info;
  const pixels = info.batchSize * info.outHeight * info.outWidth;
  const multiplier = outChannels / channels;
  const gradients = graph.reshape(dy, [pixels, channels, multiplier]);
  const sums = tapReads(graph, x, slidings(info)).map((read) => {
    const factors = [graph.reshape(read, [pixels, channels, 1]), gradients];
    const products = graph.reshape(graph.elementwise('Mul', factors, gradients.shape, x.dtype), [pixels, outChannels]);
    return graph.node('ReduceSum', [products, graph.int64([0])], [1, outChannels], x.dtype, { keepdims: 1 });
  });
  const all = graph.node('Concat', sums, [sums.length, outChannels], x.dtype, { axis: 0 });
  return graph.reshape(all, [filterHeight, filterWidth, channels, multiplier]);
});
