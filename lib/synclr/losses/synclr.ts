import { tf } from '../../engine/tf.js';
import { unitRows } from '../../nn/unitRows.js';
import { multiPositiveCrossEntropy, offDiagonal, sameLabel } from './multiPositive.js';

/**
 * For which anchors the key of their own image is no candidate (spec §4.3, spec §4.9). `global`: for global crops, which the teacher
 * sees too; the published code. `none`: for no anchor; the paper mentions no exclusion. `all`: for local crops as well; what
 * an option of the published code is for, which however picks the wrong image for most local crops: here it is the right one.
 */
export type OwnImage = 'global' | 'none' | 'all';

/**
 * SynCLR's contrastive loss (spec §4.3): student anchors against teacher keys, all images of a caption
 * as positives. No gradient into the keys.
 *
 * @param options.globals [N, D]: student embeddings; row i comes from the same crop as key i
 * @param options.keys [N, D]: teacher embeddings
 * @param options.labels [N] int32: the caption of each image
 * @param options.locals [n·N, D]: student embeddings of local crops, view-major (row j·N + i is a crop of image i)
 * @param options.temperature τ, 0.08 in the paper, 0.1 by default in its code
 * @param options.excludeOwn see `OwnImage`
 * @returns the mean over global anchors and the mean over local anchors (0 without any); all lengths are normalised here
 */
export function synclrContrastive(options: {
  globals: tf.Tensor2D;
  keys: tf.Tensor2D;
  labels: tf.Tensor1D;
  locals?: tf.Tensor2D;
  temperature?: number;
  excludeOwn?: OwnImage;
}): { global: tf.Scalar; local: tf.Scalar } {
  const { globals, keys, labels, locals, temperature = 0.08, excludeOwn = 'global' } = options;
  const k = unitRows(keys);
  const same = sameLabel(labels, labels);
  const others = offDiagonal(k.shape[0]);
  const against = (anchors: tf.Tensor2D, exclude: boolean) => {
    const views = anchors.shape[0] / k.shape[0];
    const repeat = (x: tf.Tensor2D) => (views === 1 ? x : tf.tile(x, [views, 1]));
    const similarities = tf.matMul(unitRows(anchors), k, false, true) as tf.Tensor2D;
    const positives = repeat(exclude ? (tf.mul(same, others) as tf.Tensor2D) : same);
    const candidates = exclude ? repeat(others) : undefined;
    return tf.mean(multiPositiveCrossEntropy(similarities, positives, { temperature, candidates })) as tf.Scalar;
  };
  const global = against(globals, excludeOwn !== 'none');
  return { global, local: locals ? against(locals, excludeOwn === 'all') : tf.scalar(0) };
}
