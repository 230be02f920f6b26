import type { Graph, Value } from '../graph.js';

/**
 * TensorFlow.js images are [B, H, W, C] unless asked otherwise and its filters [H, W, I, O]; ONNX wants [B, C, H, W] and
 * [O, I, H, W]. The transpositions are explicit nodes: neighbours that undo each other are folded by the graph.
 */
export type ImageFormat = 'NHWC' | 'NCHW';

export const formatOf = (attribute: unknown): ImageFormat => (attribute === 'NCHW' ? 'NCHW' : 'NHWC');

/** An image in the user's format → [B, C, H, W]. */
export const toChannelsFirst = (graph: Graph, x: Value, format: ImageFormat = 'NHWC') =>
  format === 'NCHW' ? x : graph.transpose(x, [0, 3, 1, 2]);

/** [B, C, H, W] → the user's format. */
export const fromChannelsFirst = (graph: Graph, x: Value, format: ImageFormat = 'NHWC') =>
  format === 'NCHW' ? x : graph.transpose(x, [0, 2, 3, 1]);

/** An image in the user's format → [B, H, W, C]. */
export const toChannelsLast = (graph: Graph, x: Value, format: ImageFormat) =>
  format === 'NHWC' ? x : graph.transpose(x, [0, 2, 3, 1]);

/** [B, H, W, C] → the user's format. */
export const fromChannelsLast = (graph: Graph, x: Value, format: ImageFormat) =>
  format === 'NHWC' ? x : graph.transpose(x, [0, 3, 1, 2]);
