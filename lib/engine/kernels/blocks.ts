import { sizeOf } from '../../runs/hostTensor.js';
import type { Graph, Value } from '../graph.js';
import { tf } from '../tf.js';
import { recordKernel } from '../trace.js';
import { slice } from './shape.js';

/** x: [B, H, W, b·b·C] → [B, b·H, b·W, C]: each pixel's channels become a block of pixels. */
recordKernel('DepthToSpace', (graph, { x }, attrs) => {
  const block = attrs.blockSize as number;
  const [batch, height, width, depth] = x.shape;
  const channels = depth / (block * block);
  const grouped = graph.reshape(x, [batch, height, width, block, block, channels]);
  return graph.reshape(graph.transpose(grouped, [0, 1, 3, 2, 4, 5]), [batch, height * block, width * block, channels]);
});

/** Every block-th pixel becomes an example of its own: x [B, ...] → [B·blocks, ...], after padding with zeros. */
recordKernel('SpaceToBatchND', (graph, { x }, attrs) => {
  const block = attrs.blockShape as number[];
  const pads = padEveryAxis(attrs.paddings as number[][], x.shape.length);
  const { getReshaped, getPermuted, getReshapedPermuted } = tf.backend_util;
  const blocks = sizeOf(block);
  const padded = pad(graph, x, pads);
  const shape = [...padded.shape];
  const grouped = graph.reshape(padded, getReshaped(shape, block, blocks, false));
  const moved = graph.transpose(grouped, getPermuted(grouped.shape.length, block.length, false));
  return graph.reshape(moved, getReshapedPermuted(shape, block, blocks, false));
});

/** The inverse of SpaceToBatchND; crops are its paddings. */
recordKernel('BatchToSpaceND', (graph, { x }, attrs) => {
  const block = attrs.blockShape as number[];
  const crops = attrs.crops as number[][];
  const { getReshaped, getPermuted, getReshapedPermuted, getSliceBeginCoords, getSliceSize } = tf.backend_util;
  const blocks = sizeOf(block);
  const shape = [...x.shape];
  const grouped = graph.reshape(x, getReshaped(shape, block, blocks));
  const moved = graph.transpose(grouped, getPermuted(grouped.shape.length, block.length));
  const whole = graph.reshape(moved, getReshapedPermuted(shape, block, blocks));
  // TensorFlow.js names the axes up to the last cropped one: the others are kept whole.
  const rest = whole.shape.slice(1 + block.length);
  const begin = [...getSliceBeginCoords(crops, block.length), ...rest.map(() => 0)];
  return slice(graph, whole, begin, [...getSliceSize([...whole.shape], crops, block.length), ...rest]);
});

const padEveryAxis = (paddings: readonly number[][], rank: number): number[][] => [
  [0, 0],
  ...paddings,
  ...Array.from({ length: rank - 1 - paddings.length }, () => [0, 0]),
];

function pad(graph: Graph, x: Value, pads: readonly number[][]): Value {
  const shape = x.shape.map((n, i) => n + pads[i][0] + pads[i][1]);
  const amounts = graph.int64([...pads.map((p) => p[0]), ...pads.map((p) => p[1])]);
  return graph.node('Pad', [x, amounts, graph.uniform(0, [], x.dtype)], shape, x.dtype, { mode: 'constant' });
}
