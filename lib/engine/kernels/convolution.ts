import type { Graph, Value } from '../graph.js';
import { tf } from '../tf.js';
import { recordKernel } from '../trace.js';
import { imageGradient, onnxFilter, tapReads } from './convolutionGradient.js';
import {
  formatOf,
  fromChannelsFirst,
  fromChannelsLast,
  type ImageFormat,
  toChannelsFirst,
  toChannelsLast,
} from './layout.js';
import { timesTransposed, transposedTimes } from './matmul.js';
import { areTiles, type Sliding, slidings, type Windows, windowAttributes } from './window.js';

type Info = tf.backend_util.Conv2DInfo;
type Shape4D = [number, number, number, number];

/** The geometry of a convolution, computed by TensorFlow.js from the kernel's attributes. */
export function convolutionInfo(
  imageShape: readonly number[],
  filterShape: readonly number[],
  attrs: Record<string, unknown>,
  depthwise = false,
): Info {
  return tf.backend_util.computeConv2DInfo(
    imageShape as Shape4D,
    filterShape as Shape4D,
    attrs.strides as number,
    (attrs.dilations as number) ?? 1,
    attrs.pad as number,
    attrs.dimRoundingMode as 'floor' | undefined,
    depthwise,
    formatOf(attrs.dataFormat) === 'NCHW' ? 'channelsFirst' : 'channelsLast',
  );
}

/** x: an image with I channels, filter: [H, W, I, O] → an image with O channels. */
export function convolution(graph: Graph, x: Value, filter: Value, attrs: Record<string, unknown>): Value {
  const info = convolutionInfo(x.shape, filter.shape, attrs);
  const format = formatOf(attrs.dataFormat);
  const windows = slidings(info);
  const { batchSize, outChannels, outHeight, outWidth } = info;
  if (areTiles(windows)) {
    const tiles = toTiles(graph, toChannelsLast(graph, x, format), windows);
    const y = graph.node('MatMul', [tiles, asMatrix(graph, filter)], [tiles.shape[0], outChannels], x.dtype);
    return fromChannelsLast(graph, graph.reshape(y, [batchSize, outHeight, outWidth, outChannels]), format);
  }
  const y = graph.node(
    'Conv',
    [toChannelsFirst(graph, x, format), onnxFilter(graph, filter)],
    [batchSize, outChannels, outHeight, outWidth],
    x.dtype,
    windowAttributes(windows),
  );
  return fromChannelsFirst(graph, y, format);
}
recordKernel('Conv2D', (graph, { x, filter }, attrs) => convolution(graph, x, filter, attrs));

/** The gradient of the image, which is also the transposed convolution. */
recordKernel('Conv2DBackpropInput', (graph, { dy, filter }, attrs) => {
  const info = convolutionInfo(attrs.inputShape as number[], filter.shape, attrs);
  const format = formatOf(attrs.dataFormat);
  const windows = slidings(info);
  if (areTiles(windows)) {
    const flat = asRows(graph, toChannelsLast(graph, dy, format));
    const tiles = timesTransposed(graph, flat, asMatrix(graph, filter));
    return fromChannelsLast(graph, fromTiles(graph, tiles, windows, info), format);
  }
  const shape = [info.batchSize, info.inChannels, info.inHeight, info.inWidth];
  const dx = imageGradient(graph, toChannelsFirst(graph, dy, format), filter, windows, shape);
  return fromChannelsFirst(graph, dx, format);
});

/** From so many taps on, one convolution is faster than a product for each tap (7×7 with three channels: twice). */
const MANY_TAPS = 26;

recordKernel('Conv2DBackpropFilter', (graph, { x, dy }, attrs) => {
  const info = convolutionInfo(x.shape, attrs.filterShape as number[], attrs);
  const format = formatOf(attrs.dataFormat);
  const windows = slidings(info);
  const image = toChannelsLast(graph, x, format);
  const gradient = toChannelsLast(graph, dy, format);
  if (areTiles(windows)) {
    const product = transposedTimes(graph, toTiles(graph, image, windows), asRows(graph, gradient));
    return graph.reshape(product, info.filterShape);
  }
  const taps = info.filterHeight * info.filterWidth;
  return taps < MANY_TAPS
    ? productPerTap(graph, image, gradient, windows)
    : exchangedConvolution(graph, x, dy, info, format);
});

/**
 * A filter's gradient tap by tap: the pixels that the tap reads [N, I] and dy [N, O] give [I, O]. For 3×3 filters this is
 * twice as fast as one convolution with exchanged axes, and needs no transposition.
 */
function productPerTap(graph: Graph, x: Value, dy: Value, windows: Windows): Value {
  const [inputs, outputs] = [x.shape[3], dy.shape[3]];
  const rows = asRows(graph, dy);
  const products = tapReads(graph, x, windows).map((read) => transposedTimes(graph, asRows(graph, read), rows));
  const all = graph.node('Concat', products, [products.length * inputs, outputs], x.dtype, { axis: 0 });
  return graph.reshape(all, [...windows.map((s) => s.kernel), inputs, outputs]);
}

/**
 * A filter's gradient as one convolution of the image with dy, in which channels and examples change roles, and strides
 * and dilations too: [I, B, H, W] with [O, B, h, w] → [I, O, kernel height, kernel width].
 */
function exchangedConvolution(graph: Graph, x: Value, dy: Value, info: Info, format: ImageFormat): Value {
  const windows = slidings(info);
  const exchange = (v: Value) => graph.transpose(toChannelsFirst(graph, v, format), [1, 0, 2, 3]);
  const image = cutUnread(graph, exchange(x), windows);
  const { inChannels, outChannels, filterHeight, filterWidth } = info;
  const gradient = graph.node(
    'Conv',
    [image, exchange(dy)],
    [inChannels, outChannels, filterHeight, filterWidth],
    x.dtype,
    exchangedAttributes(windows),
  );
  return graph.transpose(gradient, [2, 3, 0, 1]);
}

const exchangedAttributes = (windows: Windows) => {
  const { pads, strides, dilations } = windowAttributes(windows);
  return { kernel_shape: windows.map((s) => s.out), strides: dilations, dilations: strides, pads };
};

/** x: [·, ·, H, W] without the last rows and columns that no window reads. */
function cutUnread(graph: Graph, x: Value, windows: Windows): Value {
  if (windows.every((s) => s.end >= 0)) return x;
  const sizes = windows.map((s) => s.size + Math.min(0, s.end));
  const lists = [[0, 0], sizes, [2, 3]].map((list) => graph.int64(list));
  return graph.node('Slice', [x, ...lists], [x.shape[0], x.shape[1], ...sizes], x.dtype);
}

/** [..., C] → [N, C]. */
function asRows(graph: Graph, x: Value): Value {
  const channels = x.shape[x.shape.length - 1];
  return graph.reshape(x, [x.shape.slice(0, -1).reduce((n, m) => n * m, 1), channels]);
}

/** A filter [H, W, I, O] → [H·W·I, O]. */
const asMatrix = (graph: Graph, filter: Value) => asRows(graph, filter);

const tileCount = (s: Sliding) => [s.out, s.kernel];

/** x: [B, H, W, C], cut into tiles → [B·h·w, kernel height · kernel width · C]. */
function toTiles(graph: Graph, x: Value, [h, w]: Windows): Value {
  const [batch, , , channels] = x.shape;
  const cut = graph.reshape(x, [batch, ...tileCount(h), ...tileCount(w), channels]);
  const grouped = graph.transpose(cut, [0, 1, 3, 2, 4, 5]);
  return graph.reshape(grouped, [batch * h.out * w.out, h.kernel * w.kernel * channels]);
}

/** The inverse of toTiles. */
function fromTiles(graph: Graph, tiles: Value, [h, w]: Windows, info: Info): Value {
  const { batchSize, inHeight, inWidth, inChannels } = info;
  const grouped = graph.reshape(tiles, [batchSize, h.out, w.out, h.kernel, w.kernel, inChannels]);
  return graph.reshape(graph.transpose(grouped, [0, 1, 3, 2, 4, 5]), [batchSize, inHeight, inWidth, inChannels]);
}
