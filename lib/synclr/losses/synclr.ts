import { tf } from '../../engine/tf.js';
import { unitRows } from '../../nn/layers.js';
import { multiPositiveCrossEntropy, offDiagonal, sameLabel } from './multiPositive.js';

/**
 * SynCLR's contrastive loss (§4.3 of the specification): student anchors against teacher keys, all images of a caption
 * as positives. Global anchors skip the key of their own image; local anchors do not. No gradient into the keys.
 *
 * @param options.globals [N, D]: student embeddings; row i comes from the same crop as key i
 * @param options.keys [N, D]: teacher embeddings
 * @param options.labels [N] int32: the caption of each image
 * @param options.locals [n·N, D]: student embeddings of local crops, view-major (row j·N + i is a crop of image i)
 * @param options.temperature τ, 0.08 in the paper, 0.1 by default in its code
 * @returns the mean over global anchors and the mean over local anchors (0 without any); all lengths are normalised here
 */
export function synclrContrastive(options: {
  globals: tf.Tensor2D;
  keys: tf.Tensor2D;
  labels: tf.Tensor1D;
  locals?: tf.Tensor2D;
  temperature?: number;
}): { global: tf.Scalar; local: tf.Scalar } {
  const { globals, keys, labels, locals, temperature = 0.08 } = options;
  const k = unitRows(keys);
  const same = sameLabel(labels, labels);
  const candidates = offDiagonal(k.shape[0]);
  const global = tf.mean(
    multiPositiveCrossEntropy(tf.matMul(unitRows(globals), k, false, true), tf.mul(same, candidates) as tf.Tensor2D, {
      temperature,
      candidates,
    }),
  ) as tf.Scalar;
  if (!locals) return { global, local: tf.scalar(0) };
  const views = locals.shape[0] / k.shape[0];
  const local = tf.mean(
    multiPositiveCrossEntropy(tf.matMul(unitRows(locals), k, false, true), tf.tile(same, [views, 1]), { temperature }),
  ) as tf.Scalar;
  return { global, local };
}
