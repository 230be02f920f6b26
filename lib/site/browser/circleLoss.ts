import { tf } from '../../engine/tf.js';
import { logOpinion, offDiagonal, sameLabel } from '../../synclr/losses/multiPositive.js';
import { stableRepLoss } from '../../synclr/losses/stableRep.js';

/** The loss of points on a circle, and what it is made of. */
export interface CircleLoss {
  loss: number;
  /** what each point takes for its own, and what it should: [points, points], 0 on the diagonal */
  q: number[][];
  p: number[][];
  /** how the loss falls as each point is turned, per radian: positive is anticlockwise */
  pull: number[];
}

/** The library's multi-positive loss of points at angles, as notebook 03 has it. */
export function circleLoss(angles: readonly number[], captions: readonly number[], temperature: number): CircleLoss {
  return tf.tidy(() => {
    const labels = tf.tensor1d([...captions], 'int32');
    const points = (turned: tf.Tensor) => tf.stack([tf.cos(turned), tf.sin(turned)], 1) as tf.Tensor2D;
    const lossOf = (turned: tf.Tensor) => stableRepLoss(points(turned), labels, { temperature });
    const { value, grad } = tf.valueAndGrad(lossOf)(tf.tensor1d([...angles]));
    const at = points(tf.tensor1d([...angles]));
    const candidates = offDiagonal(angles.length);
    const similarities = tf.matMul(at, at, false, true) as tf.Tensor2D;
    const positives = tf.mul(sameLabel(labels, labels), candidates);
    const shares = tf.div(positives, tf.maximum(tf.sum(positives, 1, true), 1));
    return {
      loss: value.dataSync()[0],
      q: tf.exp(logOpinion(similarities, { temperature, candidates })).arraySync() as number[][],
      p: shares.arraySync() as number[][],
      pull: [...grad.dataSync()].map((slope) => -slope),
    };
  });
}
