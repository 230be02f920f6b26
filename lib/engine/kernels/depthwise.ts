import type { Graph, Value } from '../graph.js';
import { recordKernel } from '../trace.js';
import { convolutionInfo, cutUnread, exchangedAttributes, transposedAttributes } from './convolution.js';
import { formatOf, fromChannelsFirst, toChannelsFirst } from './layout.js';
import { slidings, windowAttributes } from './window.js';

/** A filter [H, W, C, M] → [C·M, 1, H, W], as ONNX has it for a convolution in C groups. */
function groupedFilter(graph: Graph, filter: Value): Value {
  const [height, width, channels, multiplier] = filter.shape;
  return graph.reshape(graph.transpose(filter, [2, 3, 0, 1]), [channels * multiplier, 1, height, width]);
}

/** x: an image with C channels, filter: [H, W, C, M] → C·M channels, each from one channel of x. */
export function depthwiseConvolution(graph: Graph, x: Value, filter: Value, attrs: Record<string, unknown>): Value {
  const info = convolutionInfo(x.shape, filter.shape, attrs, true);
  const format = formatOf(attrs.dataFormat);
  const y = graph.node(
    'Conv',
    [toChannelsFirst(graph, x, format), groupedFilter(graph, filter)],
    [info.batchSize, info.outChannels, info.outHeight, info.outWidth],
    x.dtype,
    { ...windowAttributes(slidings(info)), group: info.inChannels },
  );
  return fromChannelsFirst(graph, y, format);
}
recordKernel('DepthwiseConv2dNative', (graph, { x, filter }, attrs) => depthwiseConvolution(graph, x, filter, attrs));

recordKernel('DepthwiseConv2dNativeBackpropInput', (graph, { dy, filter }, attrs) => {
  const info = convolutionInfo(attrs.inputShape as number[], filter.shape, attrs, true);
  const dx = graph.node(
    'ConvTranspose',
    [toChannelsFirst(graph, dy), groupedFilter(graph, filter)],
    [info.batchSize, info.inChannels, info.inHeight, info.inWidth],
    dy.dtype,
    { ...transposedAttributes(slidings(info)), group: info.inChannels },
  );
  return fromChannelsFirst(graph, dx);
});

/** As for dense filters, channels and examples change roles: C groups of B channels, and one example. */
recordKernel('DepthwiseConv2dNativeBackpropFilter', (graph, { x, dy }, attrs) => {
  const info = convolutionInfo(x.shape, attrs.filterShape as number[], attrs, true);
  const windows = slidings(info);
  const { batchSize, inChannels, outChannels, filterHeight, filterWidth } = info;
  const exchange = (v: Value) => graph.transpose(toChannelsFirst(graph, v), [1, 0, 2, 3]);
  const image = graph.reshape(exchange(x), [1, inChannels * batchSize, info.inHeight, info.inWidth]);
  const gradient = graph.node(
    'Conv',
    [cutUnread(graph, image, windows), exchange(dy)],
    [1, outChannels, filterHeight, filterWidth],
    x.dtype,
    { ...exchangedAttributes(windows), group: inChannels },
  );
  const split = graph.reshape(gradient, [inChannels, outChannels / inChannels, filterHeight, filterWidth]);
  return graph.transpose(split, [2, 3, 0, 1]);
});
